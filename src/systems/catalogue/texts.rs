//! The descriptions of all systems, in the order they are listed.

use super::descriptions::{Description, ParameterDescription, parameter};
use crate::units::EnergyUnit;

const DIMENSION: ParameterDescription = parameter("dimension", Some("2"), "1", "1, 2 or 3: chain, square or cubic");
const LATTICE: ParameterDescription =
    parameter("lattice", None, "-", "chain, square, triangular, honeycomb or cubic; else by dimension");
const SIDE: ParameterDescription = parameter("l", Some("32"), "1", "side; sides as 4x6");
const COUPLING: ParameterDescription = parameter("j", Some("1"), "E0", "coupling; positive is ferromagnetic");
const BOUNDARY: ParameterDescription = parameter("boundary", Some("periodic"), "-", "periodic or open");

const DIRECT: &str = "direct";
const TEXTBOOK: &str = "R. K. Pathria and P. D. Beale, Statistical Mechanics, 3rd ed. (2011), chapter 3";

pub(super) static DESCRIPTIONS: [Description; 23] = [
    Description {
        name: "levels",
        summary: "any finite list of levels",
        hamiltonian: "E_i with degeneracy g_i as given, an energy of inf being forbidden; every T is legal",
        parameters: &[
            parameter("energies", None, "E0", "energies of the levels, separated by commas"),
            parameter("degeneracies", None, "1", "their degeneracies, 1 each if not given"),
            parameter("file", None, "-", "CSV with the columns energy and, optionally, degeneracy"),
        ],
        exact: "enumeration",
        samplers: DIRECT,
        reference: TEXTBOOK,
        unit: None,
    },
    Description {
        name: "two_level",
        summary: "two levels: the Schottky anomaly",
        hamiltonian: "E = 0 (degeneracy g0) and E = gap (degeneracy g1); every T is legal",
        parameters: &[
            parameter("gap", Some("1"), "E0", "distance between the levels"),
            parameter("g0", Some("1"), "1", "degeneracy of the lower level"),
            parameter("g1", Some("1"), "1", "degeneracy of the upper level"),
        ],
        exact: "closed form; peak of C at 2/x = tanh((x - ln(g1/g0))/2), x = gap/T",
        samplers: DIRECT,
        reference: "W. Schottky, Phys. Z. 23, 448 (1922)",
        unit: None,
    },
    Description {
        name: "paramagnet",
        summary: "a spin in a field",
        hamiltonian: "E_m = -field m, m = -spin, ..., spin; every T is legal",
        parameters: &[
            parameter("spin", Some("1/2"), "1", "spin quantum number, a multiple of 1/2 up to 10000"),
            parameter("field", Some("1"), "E0", "energy per unit of m, either sign"),
        ],
        exact: "Brillouin function, by enumeration: also <m>, <m^2> and the susceptibility d<m>/dfield",
        samplers: DIRECT,
        reference: "L. Brillouin, J. Phys. Radium 8, 74 (1927), doi:10.1051/jphysrad:019270080207400",
        unit: None,
    },
    Description {
        name: "oscillator",
        summary: "a harmonic oscillator",
        hamiltonian: "E_n = quantum (n + 1/2), n = 0, 1, ...; T >= 0 and finite",
        parameters: &[parameter("quantum", Some("1"), "E0", "hbar omega, the distance between levels")],
        exact: "closed form",
        samplers: "direct (geometric)",
        reference: TEXTBOOK,
        unit: None,
    },
    Description {
        name: "classical_power",
        summary: "one classical coordinate in a power-law well, without momentum",
        hamiltonian: "E = stiffness abs(x)^power, measure dx; T > 0 and finite (classical entropy has no T = 0)",
        parameters: &[
            parameter("power", Some("2"), "1", "exponent"),
            parameter("stiffness", Some("1"), "E0/x0^power", "prefactor"),
        ],
        exact: "equipartition: U = T/power, C = 1/power",
        samplers: "direct (gamma), metropolis",
        reference: "R. C. Tolman, Phys. Rev. 11, 261 (1918), doi:10.1103/PhysRev.11.261",
        unit: None,
    },
    Description {
        name: "rotor",
        summary: "a rigid rotor, with the nuclear-spin species of hydrogen",
        hamiltonian: "E_l = theta l(l+1), degeneracy 2l+1 times the nuclear weight; T >= 0 and finite",
        parameters: &[
            parameter("theta", Some("1"), "E0", "rotational constant, hbar^2/2I"),
            parameter(
                "nuclear",
                Some("none"),
                "-",
                "none (weight 1); hydrogen: ortho (odd l, 3), para (even l, 1), equilibrium (both), normal (3:1, frozen); \
                 ortho-deuterium, para-deuterium, deuterium, normal-deuterium",
            ),
        ],
        exact: "sum over l",
        samplers: DIRECT,
        reference: "D. M. Dennison, Proc. R. Soc. A 115, 483 (1927), doi:10.1098/rspa.1927.0105",
        unit: None,
    },
    Description {
        name: "box",
        summary: "a particle in a box of one, two or three dimensions",
        hamiltonian: "E = e1 (n_1^2 + ... + n_d^2), n_i = 1, 2, ...; T >= 0 and finite",
        parameters: &[
            parameter("dimension", Some("1"), "1", "number of dimensions, 1 to 3"),
            parameter("e1", Some("1"), "E0", "ground-state energy per dimension, pi^2 hbar^2/(2 m side^2)"),
        ],
        exact: "sum over n",
        samplers: DIRECT,
        reference: TEXTBOOK,
        unit: None,
    },
    Description {
        name: "rem",
        summary: "the random energy model: 2^n independent normal levels",
        hamiltonian: "E_i ~ Normal(0, sigma^2), i = 1, ..., 2^n; every T is legal",
        parameters: &[
            parameter("n", Some("12"), "1", "2^n levels, 1 to 23; up to 500 with seed=average; inf: per-site limit"),
            parameter("sigma", Some("1"), "E0", "spread of the levels, J sqrt(n/2); with n=inf per sqrt(n), J/sqrt(2)"),
            parameter("seed", Some("1"), "1", "which realization; `average`: exact average over all of them"),
        ],
        exact: "enumeration; disorder average by quadrature; large-n phase diagram",
        samplers: DIRECT,
        reference: "B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613",
        unit: None,
    },
    Description {
        name: "ising",
        summary: "spins on a chain, a square, triangular, honeycomb or cubic lattice",
        hamiltonian: "E = -j sum s s' - h sum s over neighbours, s = +1 or -1; every T is legal",
        parameters: &[
            DIMENSION,
            LATTICE,
            parameter("l", Some("32"), "1", "side; sides as 4x6; inf: per site, exact only"),
            COUPLING,
            parameter("h", Some("0"), "E0", "field"),
            BOUNDARY,
        ],
        exact: "chains: transfer matrix, with field; square: Kaufman; any lattice of few spins: counted states; l=inf: \
                chain, and h = 0 on the square (Onsager), triangular and honeycomb (Houtappel) lattices",
        samplers: "metropolis and heat-bath (bit-sliced on even tori without field), wolff and swendsen-wang (h = 0), \
                   tempering, wang-landau",
        reference: "L. Onsager, Phys. Rev. 65, 117 (1944), doi:10.1103/PhysRev.65.117; B. Kaufman, Phys. Rev. 76, 1232 \
                    (1949); R. M. F. Houtappel, Physica 16, 425 (1950), doi:10.1016/0031-8914(50)90130-3",
        unit: None,
    },
    Description {
        name: "potts",
        summary: "spins of q colours",
        hamiltonian: "E = -j sum delta(s, s') over neighbours, s = 1, ..., q; every T is legal",
        parameters: &[
            DIMENSION,
            LATTICE,
            SIDE,
            parameter("q", Some("3"), "1", "number of colours, 2 to 64"),
            COUPLING,
            BOUNDARY,
        ],
        exact: "chains, infinite ones too: closed form; lattices of few spins: counted states; square: T_c = j/ln(1 + sqrt q)",
        samplers: "wolff and swendsen-wang (j > 0), metropolis, heat-bath, tempering, wang-landau",
        reference: "F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235",
        unit: None,
    },
    Description {
        name: "xy",
        summary: "unit vectors in a plane",
        hamiltonian: "E = -j sum s . s' over neighbours, abs(s) = 1, measure d theta/2 pi; T not 0",
        parameters: &[DIMENSION, LATTICE, SIDE, COUPLING, BOUNDARY],
        exact: "chains: Bessel functions",
        samplers: "wolff, swendsen-wang, over-relaxation, heat-bath, metropolis, tempering",
        reference: "J. M. Kosterlitz and D. J. Thouless, J. Phys. C 6, 1181 (1973), doi:10.1088/0022-3719/6/7/010",
        unit: None,
    },
    Description {
        name: "heisenberg",
        summary: "unit vectors in space",
        hamiltonian: "E = -j sum s . s' over neighbours, abs(s) = 1, measure d Omega/4 pi; T not 0",
        parameters: &[DIMENSION, LATTICE, SIDE, COUPLING, BOUNDARY],
        exact: "chains: Langevin function and spherical Bessel functions",
        samplers: "wolff, swendsen-wang, over-relaxation, heat-bath, metropolis, tempering",
        reference: "M. E. Fisher, Am. J. Phys. 32, 343 (1964), doi:10.1119/1.1970340",
        unit: None,
    },
    Description {
        name: "spin_glass",
        summary: "Ising spins with given or random couplings",
        hamiltonian: "E = -sum J_ij s_i s_j - h sum s_i, s = +1 or -1; every T is legal",
        parameters: &[
            parameter("dimension", Some("3"), "1", "1, 2 or 3: chain, square or cubic lattice"),
            parameter("l", Some("8"), "1", "side; sides as 4x6"),
            parameter("seed", Some("1"), "1", "which realization of the random couplings"),
            parameter("distribution", Some("bimodal"), "-", "bimodal (+1 or -1) or gaussian (mean 0, variance 1)"),
            parameter("couplings", None, "-", "CSV with rows i,j,J in place of random ones; sites count from 0"),
            parameter("h", Some("0"), "E0", "field"),
            BOUNDARY,
        ],
        exact: "enumeration up to 24 spins",
        samplers: "tempering, metropolis, wang-landau (whole-numbered couplings)",
        reference: "S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975), doi:10.1088/0305-4608/5/5/017",
        unit: None,
    },
    Description {
        name: "xxz_chain",
        summary: "a chain of quantum spins 1/2; delta = 1 is Heisenberg's",
        hamiltonian: "H = j sum (SxSx + SySy + delta SzSz) - h sum Sz over neighbours, S = sigma/2; every T is legal",
        parameters: &[
            parameter("n", Some("8"), "1", "number of spins, 2 to 16 on a ring and to 13 on an open chain"),
            parameter("j", Some("1"), "E0", "coupling; positive is antiferromagnetic"),
            parameter("delta", Some("1"), "1", "anisotropy"),
            parameter("h", Some("0"), "E0", "field along z"),
            BOUNDARY,
        ],
        exact: "diagonalization by blocks of magnetization, momentum, reflection and spin flip",
        samplers: DIRECT,
        reference: "J. C. Bonner and M. E. Fisher, Phys. Rev. 135, A640 (1964), doi:10.1103/PhysRev.135.A640",
        unit: None,
    },
    Description {
        name: "tfim_chain",
        summary: "the Ising chain in a transverse field",
        hamiltonian: "H = -j sum sz sz - gamma sum sx over neighbours, sz and sx Pauli matrices; every T is legal",
        parameters: &[
            parameter("n", Some("8"), "1", "number of spins, 2 to 10^6"),
            parameter("j", Some("1"), "E0", "coupling"),
            parameter("gamma", Some("1"), "E0", "transverse field"),
            BOUNDARY,
        ],
        exact: "free fermions",
        samplers: DIRECT,
        reference: "P. Pfeuty, Ann. Phys. 57, 79 (1970), doi:10.1016/0003-4916(70)90270-8",
        unit: None,
    },
    Description {
        name: "quartic",
        summary: "one quantum particle in a quartic well, or in a double well",
        hamiltonian: "H = p^2/2 + a x^2 + b x^4, hbar = m = 1, a < 0 being a double well; T >= 0 and finite",
        parameters: &[
            parameter("a", Some("0"), "1/x0^2", "quadratic coefficient, either sign"),
            parameter("b", Some("1"), "1/x0^4", "quartic coefficient, positive; 0 with a positive a"),
        ],
        exact: "diagonalization in oscillator functions, grown until all levels that count have converged",
        samplers: DIRECT,
        reference: "F. T. Hioe and E. W. Montroll, J. Math. Phys. 16, 1945 (1975), doi:10.1063/1.522747",
        unit: None,
    },
    Description {
        name: "morse",
        summary: "an anharmonic vibration: the bound states of Morse's potential",
        hamiltonian: "E_n = omega_e (n + 1/2) - omega_e_x_e (n + 1/2)^2 while n + 1/2 < omega_e/(2 omega_e_x_e), from the \
                      minimum of the potential; every T is legal, but the continuum is left out",
        parameters: &[
            parameter("omega_e", Some("1"), "E0", "harmonic quantum"),
            parameter("omega_e_x_e", Some("0.02"), "E0", "anharmonicity"),
        ],
        exact: "enumeration of the bound states",
        samplers: DIRECT,
        reference: "P. M. Morse, Phys. Rev. 34, 57 (1929), doi:10.1103/PhysRev.34.57",
        unit: None,
    },
    Description {
        name: "einstein_solid",
        summary: "an atom of Einstein's crystal: three oscillators of one frequency",
        hamiltonian: "E_n = theta (n + 3/2), degeneracy (n+1)(n+2)/2; T >= 0 and finite",
        parameters: &[parameter("theta", Some("1"), "E0", "quantum of the oscillators")],
        exact: "closed form",
        samplers: DIRECT,
        reference: "A. Einstein, Ann. Phys. 327, 180 (1907), doi:10.1002/andp.19063270110",
        unit: None,
    },
    Description {
        name: "debye_solid",
        summary: "an atom of Debye's crystal: three modes below a cutoff",
        hamiltonian: "modes of quantum omega, density 9 omega^2/theta^3 up to theta, zero-point energy included (9/8 theta); \
                      T >= 0 and finite",
        parameters: &[parameter("theta", Some("1"), "E0", "cutoff")],
        exact: "Debye's integral",
        samplers: "direct (modes)",
        reference: "P. Debye, Ann. Phys. 344, 789 (1912), doi:10.1002/andp.19123441404",
        unit: None,
    },
    Description {
        name: "ideal_gas",
        summary: "free atoms, without spin",
        hamiltonian: "E = sum m v^2/2, n atoms in the volume that pressure (V = n k_B T/p) or density fix, ln n! by Stirling's \
                      formula; T > 0 and finite",
        parameters: &[
            parameter("mass", Some("39.948"), "u", "mass of an atom; argon"),
            parameter("n", Some("1"), "1", "number of atoms: all results are proportional to it"),
            parameter("pressure", Some("100000"), "Pa", "pressure; C is that at constant volume all the same"),
            parameter("density", None, "1/m^3", "atoms per volume, in place of a pressure"),
        ],
        exact: "Sackur-Tetrode entropy, Maxwell-Boltzmann speeds",
        samplers: "direct (normal velocities)",
        reference: "H. Tetrode, Ann. Phys. 343, 434 (1912), doi:10.1002/andp.19123430708",
        unit: Some(EnergyUnit::Joule),
    },
    Description {
        name: "photon_gas",
        summary: "black-body radiation in a cavity",
        hamiltonian: "E = sum over modes of n h nu, n = 0, 1, ..., without zero-point energy, cavity large against h c/(k_B T); \
                      T >= 0 and finite",
        parameters: &[parameter("volume", Some("1"), "m^3", "volume of the cavity")],
        exact: "Planck, Stefan-Boltzmann; `gibbs glow` has Wien's laws and colours",
        samplers: "direct: whole cavities (a particle of --particles), and single photons (zeta-gamma mixture)",
        reference: "M. Planck, Ann. Phys. 309, 553 (1901), doi:10.1002/andp.19013090310",
        unit: Some(EnergyUnit::Joule),
    },
    Description {
        name: "lennard_jones",
        summary: "a fluid of n particles in a periodic cube",
        hamiltonian: "E = sum u(r) over pairs within the cutoff, nearest images, u = 4 (r^-12 - r^-6); configurational: the \
                      momenta add 3T/2 a particle to U and 3/2 to C; T > 0 and finite",
        parameters: &[
            parameter("n", Some("500"), "1", "number of particles"),
            parameter("density", Some("0.85"), "sigma^-3", "particles per volume"),
            parameter("cutoff", Some("3"), "sigma", "distance beyond which pairs do not count, at most half the side"),
            parameter(
                "truncation",
                Some("cut"),
                "-",
                "cut: the mean of what is cut off is added (long-range corrections); shifted: u - u(cutoff), nothing added",
            ),
        ],
        exact: "one or two particles, by quadrature; n=500 cutoff=3: published values at ten state points",
        samplers: "metropolis",
        reference: "NIST Standard Reference Simulation Website, SRD 173, doi:10.18434/T4M88Q; M. P. Allen and D. J. Tildesley, \
                    Computer Simulation of Liquids, 2nd ed. (2017)",
        unit: None,
    },
    Description {
        name: "logits",
        summary: "the next token of a language model, from a file of logits",
        hamiltonian: "E_i = -logit_i, a logit of -inf being forbidden; every T is legal",
        parameters: &[parameter("file", None, "-", "CSV, JSON array or plain list of logits")],
        exact: "enumeration",
        samplers: DIRECT,
        reference: "D. H. Ackley et al., Cogn. Sci. 9, 147 (1985), doi:10.1207/s15516709cog0901_7",
        unit: None,
    },
];
