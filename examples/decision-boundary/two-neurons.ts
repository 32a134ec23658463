import { ringExperiment } from "./ring.js";

export default ringExperiment("ring, 2 hidden neurons", 2, 1);
