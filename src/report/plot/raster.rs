//! SVG to PNG with the embedded fonts, so that both show the same picture on every machine.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::error::PlotError;

/// Renders an SVG document to PNG bytes; `scale` is in image pixels per SVG pixel.
///
/// Text is set in DejaVu Sans and DejaVu Sans Mono whatever the system has; images and links inside the SVG are not loaded.
///
/// # Errors
///
/// [`PlotError::Svg`] if the text does not parse, [`PlotError::RasterScale`] if the image would be empty or have more than
/// 2^28 pixels, [`PlotError::Png`] if it cannot be encoded.
///
/// # Examples
///
/// ```
/// let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>"#;
/// let png = gibbs::report::plot::svg_to_png(svg, 2.0)?;
/// // Width and height are the first fields of the first chunk.
/// assert_eq!(png[16..24], [0, 0, 0, 40, 0, 0, 0, 20]);
/// # Ok::<(), gibbs::report::plot::PlotError>(())
/// ```
pub fn svg_to_png(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    let options = Options { fontdb: Arc::clone(&FONTS), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|source| PlotError::Svg(Box::new(source)))?;
    let (width, height) = (f64::from(tree.size().width()), f64::from(tree.size().height()));
    let refused = || PlotError::RasterScale { scale };
    let pixels = |length: f64| (length * f64::from(scale)).round();
    let (width, height) = (pixels(width), pixels(height));
    if !(width >= 1.0 && height >= 1.0 && width * height <= f64::from(1 << 28)) {
        return Err(refused());
    }
    let mut image = Pixmap::new(width as u32, height as u32).ok_or_else(refused)?;
    image.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut image.as_mut());
    image.encode_png().map_err(|source| PlotError::Png(Box::new(source)))
}

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for bytes in [dejavu::sans::regular(), dejavu::sans::bold(), dejavu::sans_mono::regular()] {
        fonts.load_font_data(bytes.to_vec());
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    fonts.set_serif_family("DejaVu Sans");
    fonts.set_monospace_family("DejaVu Sans Mono");
    Arc::new(fonts)
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_documents_and_scales_are_refused() {
        assert!(matches!(svg_to_png("<svg", 1.0), Err(PlotError::Svg(_))));
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>"#;
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9, 1e-9] {
            assert!(matches!(svg_to_png(svg, scale), Err(PlotError::RasterScale { .. })), "{scale}");
        }
    }

    #[test]
    fn text_leaves_ink() {
        let draw = |text: &str| {
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><text x="5" y="20">{text}</text></svg>"#
            );
            svg_to_png(&svg, 1.0).unwrap()
        };
        assert_ne!(draw("kʙ"), draw(""));
    }
}
