//! One kind of picture: horizontal bars, each made of parts.

use std::path::Path;

use anyhow::Result;
use plotters::{
    prelude::{IntoDrawingArea as _, Rectangle, SVGBackend, Text, WHITE},
    style::{BLACK, Color as _, IntoFont as _, RGBColor, TextStyle},
};

const WIDTH: i32 = 860;
const LABELS: i32 = 260;
const FIGURES: i32 = 70;
const TOP: i32 = 70;
const ROW: i32 = 30;
const BAR: i32 = 18;
const COLOURS: [RGBColor; 4] =
    [RGBColor(31, 78, 121), RGBColor(46, 134, 171), RGBColor(242, 158, 76), RGBColor(170, 170, 170)];

/// A picture.
#[derive(Debug)]
pub struct Chart {
    /// Its file, without the ending.
    pub name: &'static str,
    pub title: &'static str,
    /// What the parts of each bar are.
    pub series: &'static [&'static str],
    pub decimals: usize,
    pub bars: Vec<Bar>,
}

/// A bar: its parts lie one after the other, and its figure is their sum.
#[derive(Debug)]
pub struct Bar {
    pub label: String,
    pub parts: Vec<f64>,
}

impl Chart {
    /// Writes the picture into this directory.
    pub fn draw(&self, directory: &Path) -> Result<()> {
        let rows = i32::try_from(self.bars.len())?;
        let size = (u32::try_from(WIDTH)?, u32::try_from(TOP + rows * ROW + 10)?);
        let path = directory.join(format!("{}.svg", self.name));
        let area = SVGBackend::new(&path, size).into_drawing_area();
        area.fill(&WHITE)?;
        area.draw(&Text::new(self.title, (10, 12), font(17)))?;
        for (index, (series, colour)) in (0..).zip(self.series.iter().zip(COLOURS)) {
            let left = LABELS + index * 110;
            area.draw(&Rectangle::new([(left, 42), (left + 12, 54)], colour.filled()))?;
            area.draw(&Text::new((*series).to_owned(), (left + 18, 41), font(13)))?;
        }
        for (row, bar) in (0..).zip(&self.bars) {
            let top = TOP + row * ROW;
            area.draw(&Text::new(bar.label.clone(), (10, top + 2), font(13)))?;
            let mut from = 0.0;
            for (part, colour) in bar.parts.iter().zip(COLOURS) {
                let (left, right) = (self.x(from), self.x(from + part));
                area.draw(&Rectangle::new([(left, top), (right, top + BAR)], colour.filled()))?;
                from += part;
            }
            let figure = format!("{from:.*}", self.decimals);
            area.draw(&Text::new(figure, (self.x(from) + 6, top + 2), font(13)))?;
        }
        area.present()?;
        Ok(())
    }

    /// Where a value lies: the longest bar takes all the room.
    #[expect(clippy::cast_possible_truncation, reason = "at most the picture's width")]
    fn x(&self, value: f64) -> i32 {
        let longest = self.bars.iter().map(|bar| bar.parts.iter().sum::<f64>()).fold(f64::EPSILON, f64::max);
        LABELS + (f64::from(WIDTH - LABELS - FIGURES) * value / longest).round() as i32
    }
}

fn font(size: i32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_every_bar_with_its_sum() {
        let directory = tempfile::tempdir().unwrap();
        let bars = vec![
            Bar { label: "first".into(), parts: vec![1.0, 0.25] },
            Bar { label: "second".into(), parts: vec![0.5, 0.0] },
        ];
        Chart { name: "picture", title: "A title", series: &["a", "b"], decimals: 2, bars }
            .draw(directory.path())
            .unwrap();
        let svg = std::fs::read_to_string(directory.path().join("picture.svg")).unwrap();
        for text in ["A title", "first", "second", "1.25", "0.50"] {
            assert!(svg.contains(text), "{text} is missing");
        }
    }
}
