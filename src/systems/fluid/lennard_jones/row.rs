//! The row of `lennard_jones`.

use super::measure::sample;
use super::{LennardJones, PairTruncation};
use crate::simulation::{ChainMethods, Choice, Method, PeriodicBox, SamplerName, Sampling};
use crate::systems::description::parameter;
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};

/// The row of `lennard_jones`.
pub(in crate::systems) static ROW: Description = Description {
    name: "lennard_jones",
    summary: "a fluid of n particles in a periodic cube",
    hamiltonian: "E = sum u(r) over pairs within the cutoff (nearest images), u = 4 (r^-12 - r^-6); without \
                  momenta, which add 3T/2 per particle to U and 3/2 to C; T > 0 and finite",
    parameters: &[
        parameter("n", Some("500"), "1", "number of particles"),
        parameter("density", Some("0.85"), "sigma^-3", "particles per volume"),
        parameter(
            "cutoff",
            Some("3"),
            "sigma",
            "distance beyond which pairs do not interact, at most half the side of the box",
        ),
        parameter(
            "truncation",
            Some("cut"),
            "-",
            "cut: long-range corrections are added for pairs beyond the cutoff; shifted: u - u(cutoff), without \
             corrections",
        ),
    ],
    exact: "one or two particles, by quadrature; n=500 cutoff=3: published values at ten state points",
    samplers: "metropolis",
    reference: "NIST Standard Reference Simulation Website, SRD 173, doi:10.18434/T4M88Q; M. P. Allen and D. J. Tildesley, \
                Computer Simulation of Liquids, 2nd ed. (2017)",
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let n = parameters.parsed("n", "a whole number of particles")?;
    let [density, cutoff] = ["density", "cutoff"].map(|name| parameters.positive(name));
    let truncation = match parameters.text("truncation") {
        "cut" => PairTruncation::Cut,
        "shifted" => PairTruncation::Shifted,
        other => return Err(parameters.refusal("truncation", "cut or shifted", other)),
    };
    Ok(System::new(LennardJones::new(n, density?, cutoff?, truncation)?))
}

impl PhysicalSystem for LennardJones {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn site_name(&self) -> &'static str {
        "particle"
    }

    fn sampling(&self) -> Sampling<'_> {
        let why = "a fluid has no other sampler";
        Sampling::Chains(ChainMethods {
            methods: vec![Method::each(SamplerName::Metropolis, |task| sample(self, task))],
            automatic: Box::new(move |_| Choice { sampler: SamplerName::Metropolis, why }),
            anchor: None,
            periodic_box: Some(PeriodicBox {
                n: self.n(),
                side: self.side(),
                check: Box::new(|positions| self.state(positions).map(drop)),
            }),
        })
    }
}
