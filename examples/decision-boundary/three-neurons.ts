import { ringExperiment } from "./ring.js";

export default ringExperiment("ring, 3 hidden neurons", 3, 1);
