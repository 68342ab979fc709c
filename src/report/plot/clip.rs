//! Clipping to the unit square, so that a curve leaving the frame keeps its slope.

/// A point in shares of the frame: (0, 0) is its lower left corner, (1, 1) its upper right one.
pub(super) type Share = (f64, f64);

/// The pieces of a line through `points` that lie inside the unit square; `None` interrupts the line.
pub(super) fn polyline(points: impl IntoIterator<Item = Option<Share>>) -> Vec<Vec<Share>> {
    let mut pieces: Vec<Vec<Share>> = Vec::new();
    let mut last: Option<Share> = None;
    // Whether the last piece ends at `last` and may be continued.
    let mut open = false;
    for point in points {
        let (Some(from), Some(to)) = (last, point) else {
            last = point;
            open = false;
            continue;
        };
        last = point;
        let Some((start, end)) = segment(from, to) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
        open = end == to;
    }
    pieces
}

/// The part of one segment inside the unit square (Liang and Barsky).
pub(super) fn segment(from: Share, to: Share) -> Option<(Share, Share)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (slope, room) in [(-dx, from.0), (dx, 1.0 - from.0), (-dy, from.1), (dy, 1.0 - from.1)] {
        if slope == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            enter = enter.max(room / slope);
        } else {
            leave = leave.min(room / slope);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |share: f64| ((from.0 + share * dx).clamp(0.0, 1.0), (from.1 + share * dy).clamp(0.0, 1.0));
    Some((if enter > 0.0 { at(enter) } else { from }, if leave < 1.0 { at(leave) } else { to }))
}

/// The part of a polygon inside the unit square (Sutherland and Hodgman); empty if nothing is.
pub(super) fn polygon(mut corners: Vec<Share>) -> Vec<Share> {
    // Each edge as a linear function that is non-negative inside.
    let edges: [fn(Share) -> f64; 4] = [|p| p.0, |p| 1.0 - p.0, |p| p.1, |p| 1.0 - p.1];
    for inside in edges {
        let mut kept = Vec::with_capacity(corners.len() + 4);
        for (i, &to) in corners.iter().enumerate() {
            let from = corners[(i + corners.len() - 1) % corners.len()];
            let (a, b) = (inside(from), inside(to));
            if (a < 0.0) != (b < 0.0) {
                let share = a / (a - b);
                kept.push((from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1)));
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
        corners = kept;
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leaving_the_frame_keeps_its_slope() {
        let pieces = polyline([Some((0.0, 0.5)), Some((1.0, 2.5))]);
        assert_eq!(pieces, vec![vec![(0.0, 0.5), (0.25, 1.0)]]);
    }

    #[test]
    fn gaps_and_excursions_split_a_line() {
        let line = [Some((0.1, 0.5)), Some((0.2, 2.0)), Some((0.3, 0.5)), None, Some((0.4, 0.5)), Some((0.5, 0.5))];
        assert_eq!(polyline(line).len(), 3);
        assert!(polyline([Some((-1.0, 0.5)), Some((-0.5, 0.5))]).is_empty());
        assert!(polyline([Some((0.5, 0.5)), None, Some((0.6, 0.5))]).is_empty());
    }

    #[test]
    fn a_polygon_around_the_frame_becomes_the_frame() {
        let clipped = polygon(vec![(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]);
        assert_eq!(clipped.len(), 4);
        assert!(clipped.iter().all(|p| [0.0, 1.0].contains(&p.0) && [0.0, 1.0].contains(&p.1)));
        assert!(polygon(vec![(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)]).is_empty());
    }
}
