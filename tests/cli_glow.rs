//! `gibbs glow` from outside: columns, exact and sampled values, files, refusals.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/program.rs"]
mod program;

use program::{gibbs, refused, stdout};

const COLUMNS: &str = "temperature,peak_wavelength_nm,exitance_w_per_m2,visible_share,visible_share_sampled,\
    visible_share_std_error,visible_share_z_score,photon_energy_ev,photon_energy_sampled_ev,\
    photon_energy_std_error_ev,photon_energy_z_score,chromaticity_x,chromaticity_y,correlated_temperature,srgb";

fn csv(arguments: &[&str]) -> Vec<Vec<String>> {
    let text = stdout(&[&["glow", "--format", "csv", "--quiet"], arguments].concat());
    assert_eq!(text.lines().next().unwrap(), COLUMNS);
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn number(cell: &str) -> f64 {
    cell.parse().unwrap()
}

#[test]
fn exact_and_sampled_values_agree() {
    let rows = csv(&["-T", "2700,5778,12000", "--particles", "200000"]);
    for (row, (peak, share, energy, srgb)) in rows.iter().zip([
        (1_073.248_872_290_804_7, 7.022_804_749_065_138e-2, 0.628_477_685_371_331_9, "#ffad59"),
        (501.518_164_621_871_35, 0.438_055_911_194_633_6, 1.344_942_246_694_650_3, "#fff1ea"),
        (241.480_996_265_431_06, 0.316_643_6, 2.793_234_157_205_919_6, "#c0d1ff"),
    ]) {
        assert!((number(&row[1]) / peak - 1.0).abs() < 1e-12);
        assert!((number(&row[3]) - share).abs() < 1e-6);
        assert!((number(&row[7]) / energy - 1.0).abs() < 1e-12);
        assert!(number(&row[6]).abs() < 4.5 && number(&row[10]).abs() < 4.5);
        // Controls: the same photons against a share and an energy 5 % wrong.
        assert!(((number(&row[4]) - 1.05 * share) / number(&row[5])).abs() > 4.5);
        assert!(((number(&row[8]) - 1.05 * energy) / number(&row[9])).abs() > 4.5);
        assert!((number(&row[13]) / number(&row[0]) - 1.0).abs() < 1e-9);
        assert_eq!(row[14], srgb);
    }
}

#[test]
fn what_cannot_be_said_stays_empty() {
    // No visible photon of 300 K, no colour at 5 K.
    let rows = csv(&["-T", "5,300"]);
    assert_eq!(rows[0][11..], ["", "", "", ""]);
    assert_eq!((&rows[1][4][..], &rows[1][5][..], &rows[1][6][..]), ("0", "", ""));
    assert_eq!((&rows[1][13][..], &rows[1][14][..]), ("", "#ff0000"));
    let advice = gibbs(&["glow", "-T", "300"]).stderr;
    assert!(String::from_utf8(advice).unwrap().contains("more --particles"));
}

#[test]
fn results_depend_on_the_seed_alone() {
    let run = |extra: &[&str]| stdout(&[&["glow", "-T", "1000,6000", "--particles", "1500000"], extra].concat());
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "4"]));
    assert_ne!(one, run(&["--seed", "2"]));
    // No colours where there is no terminal.
    assert!(!one.contains('\x1b'));
}

#[test]
fn json_has_the_same_names() {
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&["glow", "-T", "300", "--format", "json", "--quiet"])).unwrap();
    let row = json[0].as_object().unwrap();
    assert_eq!(row.len(), COLUMNS.split(',').count());
    assert!(COLUMNS.split(',').all(|name| row.contains_key(name)));
    assert!(row["visible_share_std_error"].is_null());
}

#[test]
fn the_figure_has_files_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let glow = |t: &str| stdout(&["glow", "-T", t, "--plot", "--out", out, "--quiet", "--particles", "20000"]);
    // Also where nothing is visible and where no two bodies share a decade.
    for t in ["1000,2700,5778,12000", "2.725", "3,1e7"] {
        glow(t);
        let mut files: Vec<String> =
            std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ["csv", "json", "png", "svg"].map(|e| format!("glow_spectra.{e}")));
    }
    let first = std::fs::read(folder.path().join("glow_spectra.svg")).unwrap();
    glow("3,1e7");
    assert_eq!(first, std::fs::read(folder.path().join("glow_spectra.svg")).unwrap());
    let record = std::fs::read_to_string(folder.path().join("glow_spectra.json")).unwrap();
    assert!(record.contains("\"temperatures\": \"3,1e7\""));
}

#[test]
fn refusals_name_the_flag() {
    refused(&["glow", "-T", "0"], "-T: a temperature in kelvin must be positive and finite, got 0");
    refused(&["glow", "-T", "1000,-3"], "got -3");
    refused(&["glow", "-T", "inf"], "got inf");
    refused(&["glow", "-T", "nan"], "got NaN");
    refused(&["glow", "-T", "warm"], "`warm`");
    refused(&["glow", "-T", "1e33"], "below 1.4e32 K");
    refused(&["glow"], "--temperatures");
    refused(&["glow", "-T", "300", "--particles", "10"], "--particles must be from 1000 to 10^10, got 10");
    refused(&["glow", "-T", "300", "--particles", "1.5"], "--particles");
    refused(&["glow", "-T", "300:600:9", "--plot"], "--plot draws at most 8 temperatures, got 9");
    refused(&["glow", "-T", "300", "--plot", "--out", "/proc/nowhere"], "--out `/proc/nowhere`");
}
