import { ringExperiment } from "./ring.js";

export default ringExperiment("ring, 1 hidden neuron", 1, 1);
