//! The grammar of `-T`: a comma list of `T`, `start:stop:count` and `start:stop:count:log`.

use anyhow::{Context, Result, bail, ensure};

use gibbs::numerics::whole;
use gibbs::units::Temperature;

/// No list of temperatures is longer: a typing error must not fill the memory.
const MOST: usize = 1_000_000;

/// Parses the argument of `option`, which is `-T` or one like it.
pub fn parse(option: &str, text: &str) -> Result<Vec<Temperature>> {
    let mut temperatures = Vec::new();
    for item in text.split(',') {
        let item = item.trim();
        ensure!(!item.is_empty(), "{option}: an item of `{text}` is empty; write for example 0.5,1,2 or 0.1:10:30:log");
        if item.contains(':') {
            range(option, item, &mut temperatures)?;
        } else {
            temperatures.push(item.parse().with_context(|| format!("{option} `{item}`"))?);
        }
        ensure!(temperatures.len() <= MOST, "{option}: more than {MOST} temperatures; ask for fewer");
    }
    Ok(temperatures)
}

fn range(option: &str, item: &str, temperatures: &mut Vec<Temperature>) -> Result<()> {
    let fields: Vec<&str> = item.split(':').map(str::trim).collect();
    let logarithmic = match fields.len() {
        3 => false,
        4 if fields[3] == "log" => true,
        4 => bail!("{option} `{item}`: the fourth field must be `log`, got `{}`", fields[3]),
        n => bail!("{option} `{item}`: a range is start:stop:count or start:stop:count:log, got {n} fields"),
    };
    let start: Temperature = fields[0].parse().with_context(|| format!("{option} `{item}`: start"))?;
    let stop: Temperature = fields[1].parse().with_context(|| format!("{option} `{item}`: stop"))?;
    let (start, stop) = (start.get(), stop.get());
    ensure!(
        start.is_finite() && stop.is_finite(),
        "{option} `{item}`: the ends of a range must be finite; list `inf` apart"
    );
    let count =
        whole(fields[2]).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=MOST).contains(n)).with_context(
            || format!("{option} `{item}`: the count must be a whole number from 1 to {MOST}, got `{}`", fields[2]),
        )?;
    ensure!(
        count > 1 || start == stop,
        "{option} `{item}`: one temperature cannot span {start} to {stop}; give a count of 2 or more"
    );
    ensure!(
        !logarithmic || (start > 0.0 && stop > 0.0),
        "{option} `{item}`: a logarithmic range needs positive ends; use a linear one"
    );
    for k in 0..count {
        let share = if count > 1 { k as f64 / (count - 1) as f64 } else { 0.0 };
        let value = if k == 0 {
            start
        } else if k == count - 1 {
            stop
        } else if logarithmic {
            let ratio = stop / start;
            // Ends so far apart that their ratio is no number are taken one by one.
            if ratio.is_normal() { start * ratio.powf(share) } else { start.powf(1.0 - share) * stop.powf(share) }
        } else {
            start * (1.0 - share) + stop * share
        };
        temperatures.push(Temperature::new(value)?);
    }
    Ok(())
}

/// Points of each half of a curve.
const CURVE: usize = 100;

/// The temperatures of a curve between the lowest and the highest of the finite ones among `temperatures`, or around the only one.
/// Half of them is spaced linearly and half logarithmically, and all that were asked for are among them.
pub fn between(temperatures: &[Temperature]) -> Vec<Temperature> {
    let finite: Vec<f64> = temperatures.iter().map(|t| t.get()).filter(|t| t.is_finite()).collect();
    let grid = |sign: f64| -> Vec<f64> {
        let sizes = || finite.iter().map(|t| t * sign).filter(|t| *t > 0.0);
        let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        if low > high {
            return Vec::new();
        }
        let (low, high) = if low < high { (low, high) } else { (0.5 * low, 1.5 * high) };
        let start = if finite.contains(&0.0) { 0.0 } else { low };
        let share = |k: usize| k as f64 / (CURVE - 1) as f64;
        let linear = (0..CURVE).map(|k| start + (high - start) * share(k)).filter(|t| *t > 0.0);
        linear.chain((0..CURVE).map(|k| low * (high / low).powf(share(k)))).map(|t| sign * t).collect()
    };
    let mut line = [grid(-1.0), grid(1.0), finite.clone()].concat();
    line.sort_by(f64::total_cmp);
    line.dedup();
    line.into_iter().filter_map(|t| Temperature::new(t).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<f64> {
        parse("-T", text).unwrap().into_iter().map(Temperature::get).collect()
    }

    #[test]
    fn lists_and_ranges() {
        assert_eq!(numbers("0,1.5,inf"), [0.0, 1.5, f64::INFINITY]);
        assert_eq!(numbers("1:2:3,-4"), [1.0, 1.5, 2.0, -4.0]);
        assert_eq!(numbers("0.01:100:5:log")[0..5].iter().map(|t| t.log10().round()).sum::<f64>(), 0.0);
        assert_eq!(*numbers("0.1:0.7:7").last().unwrap(), 0.7);
    }

    #[test]
    fn curves_are_fine_between_the_temperatures_asked_for_and_around_a_single_one() {
        let curve = |text: &str| -> Vec<f64> {
            between(&parse("-T", text).unwrap()).into_iter().map(Temperature::get).collect()
        };
        let fine = curve("0.1:2:4,inf");
        assert!(fine.len() > 190 && fine.is_sorted() && numbers("0.1:2:4").iter().all(|t| fine.contains(t)));
        let largest_step = fine.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(fine[0] == 0.1 && fine[fine.len() - 1] == 2.0 && largest_step < 0.02);
        let (around, both) = (curve("300"), curve("-2,3"));
        assert!(around.contains(&300.0) && around[0] == 150.0 && around[around.len() - 1] == 450.0);
        assert!(both[0] == -3.0 && both.iter().all(|t| *t <= -1.0 || *t >= 1.5));
        assert_eq!(curve("0,inf"), [0.0]);
    }

    #[test]
    fn refusals_name_the_item() {
        for (text, part) in [
            ("nan", "got NaN"),
            ("1,,2", "is empty"),
            ("1:2", "2 fields"),
            ("0:2:5:log", "positive ends"),
            ("1:2:0", "whole number"),
            ("1:inf:3", "must be finite"),
            ("1:2:3:lin", "`log`"),
            ("warm", "`warm`"),
            ("1:2:1", "cannot span"),
        ] {
            let message = format!("{:#}", parse("-T", text).unwrap_err());
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
