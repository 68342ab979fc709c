//! What `gibbs systems NAME` says of a system.

use gibbs::report::{hanging, wrapped};
use gibbs::systems::{Description, ParameterDescription};

/// Name, Hamiltonian, parameters, exact results, samplers and reference.
pub fn text(system: &Description) -> String {
    let parts = [
        ("energies    ", system.hamiltonian),
        ("exact       ", system.exact),
        ("samplers    ", system.samplers),
        ("reference   ", system.reference),
    ];
    let mut lines = vec![wrapped(&format!("{}: {}", system.name, system.summary)), String::new()];
    lines.extend(parts.map(|(head, text)| hanging(head, text)));
    lines.push(String::new());
    lines.extend(system.parameters.iter().map(|p| {
        let head = format!("  {:<14}{:<12}[{}]  ", p.name, p.default.unwrap_or("(none)"), p.unit);
        hanging(&head, p.meaning)
    }));
    lines.push(String::new());
    lines.push(wrapped(&units(system)));
    lines.join("\n") + "\n"
}

fn units(system: &Description) -> String {
    if let Some(unit) = system.unit {
        return format!("T is in kelvin; energies come back in {unit}, or as `--unit` says.");
    }
    let Some(energy) = system.parameters.iter().find(|p| ParameterDescription::is_energy(p)) else {
        return "k_B = 1: T is in the unit of the energies.".to_owned();
    };
    format!(
        "k_B = 1: T is in the unit of the energies, E0. With units on all energies (J, eV, meV, K, cm-1, kJ/mol, kcal/mol), \
         such as {}=12.5meV, T is in kelvin, and energies come back in that unit, or as `--unit` says.",
        energy.name
    )
}
