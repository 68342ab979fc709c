//! A model of your own: a chain of six links, each closed (E = 0) or open (E = 1). Every number stands beside its closed form.
#![allow(clippy::print_stdout)]
use gibbs::model::{Exact, Model};
use gibbs::rng::{Rng, Seed, index};
use gibbs::simulation::*;
use gibbs::units::{Dimension, Temperature};
use gibbs::{Canonical, Spectrum, samplers::Metropolis};

struct Links(Spectrum); // their exact levels: k open links in C(6, k) ways
impl Model for Links {
    type State = u8; // a bit for each open link
    type Move = u8; // the bit of the link that changes
    fn initial_state<R: Rng + ?Sized>(&self, _: &mut R) -> u8 {
        0
    }
    fn energy(&self, links: &u8) -> f64 {
        f64::from(links.count_ones())
    }
    fn propose<R: Rng + ?Sized>(&self, _: &u8, rng: &mut R) -> u8 {
        1 << index(rng, 6)
    }
    fn energy_change(&self, links: &u8, link: &u8) -> f64 {
        self.energy(&(links ^ link)) - self.energy(links)
    }
    fn apply(&self, links: &mut u8, link: u8) {
        *links ^= link;
    }
    fn moves_per_sweep(&self) -> usize {
        6
    }
}

impl Simulated for Links {
    fn name(&self) -> &'static str {
        "links"
    }
    fn exact(&self) -> Option<&(dyn Exact + Sync)> {
        Some(&self.0)
    }
    fn sampling(&self) -> Sampling<'_> {
        let pairs = |links: &u8| f64::from((links & links >> 1).count_ones()); // neighbours that are both open
        let exact = |beta| Some(5.0 * (Canonical::new(&self.0, beta).thermo().energy / 6.0).powi(2)); // 5 p^2, p = U/6
        let open_pairs = Observable::extensive("open_pairs", Dimension::Number).known(exact);
        let chains = Chains::new(self, Observables::new().mean(open_pairs, pairs));
        let exchanged = chains.tempering(4.0, |beta, links| Metropolis::new(self, beta, links));
        Sampling::Chains(ChainMethods::new(vec![chains.metropolis(), exchanged]))
    }
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let links = Links(Spectrum::with_degeneracies((0..7).map(f64::from).collect(), &[1., 6., 15., 20., 15., 6., 1.])?);
    let (temperatures, curve) = ([Temperature::new(0.3)?, Temperature::new(1.0)?], vec![Temperature::new(0.4)?]);
    for sampler in [SamplerName::Metropolis, SamplerName::Tempering] {
        let settings = Settings { sampler, curve: curve.clone(), ..Settings::default() };
        let sampled = run(&links, &temperatures, &settings, Seed(1), &|| ())?;
        print!("{sampled}");
        assert!(sampled.rows.iter().chain(&sampled.curve).all(|row| row.z_score().is_some_and(|z| z.abs() < 4.5)));
    }
    Ok(())
}
