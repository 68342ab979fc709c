//! Counts on the command line: whole numbers, which may be written as `1e6`.

use std::ops::RangeInclusive;

use gibbs::numerics::whole;

/// A parser of the whole numbers in `range`.
pub fn count<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = whole(text).filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match (*range.start(), *range.end()) {
            (0, u64::MAX) => "it must be a whole number of 0 or more, such as 1000 or 1e6".to_owned(),
            (low, u64::MAX) => format!("it must be a whole number of at least {low}, such as 1e6"),
            (low, high) => format!("it must be a whole number from {low} to {high}"),
        })
    }
}
