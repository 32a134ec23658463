import { ringExperiment } from "./ring.js";

export default ringExperiment("ring, 8 hidden neurons", 8, 1);
