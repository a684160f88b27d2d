//! Signatures on every page, seals across the edges of all of them, and text by either.

use std::collections::BTreeMap;

use super::{NewParty, Signing, SigningError};
use crate::{act::Head, event::Place, policy::Mode};

/// Height of a seal across pages: 42 mm, the diameter of a company's seal, in points.
const SEAL: f64 = 42.0 * 72.0 / 25.4;

impl NewParty {
    /// Whether it signs on pages that need not be named.
    pub(super) fn spreads(&self) -> bool {
        self.across_pages || self.every_page.is_some()
    }
}

/// A count of parties as a number to divide by.
fn position(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

impl Signing {
    /// Adds the places of parties that sign on every page, or across all of them.
    pub(super) async fn spread(
        &self,
        tenant: &str,
        parties: &[NewParty],
        head: &Head,
        places: &mut BTreeMap<String, Vec<Place>>,
    ) -> Result<(), SigningError> {
        let base = head.base();
        // Seals of several companies stand over each other along the edge, the first on top.
        let mut seals = parties.iter().filter(|party| party.across_pages).count();
        let parts = position(seals + 1);
        for party in parties.iter().filter(|party| party.spreads()) {
            let own = places.entry(party.role.clone()).or_default();
            if let Some(rect) = party.every_page {
                own.extend((0..base.pages()).map(|page| Place {
                    page,
                    rect,
                    part: None,
                }));
            }
            if !party.across_pages {
                continue;
            }
            let (Mode::Seal, Some(company)) = (party.mode, &party.company) else {
                return Err(SigningError::Invalid {
                    field: "parties.across_pages".to_owned(),
                    reason: format!("{}: only a seal is cut across pages", party.role),
                });
            };
            let company = self.company(tenant, company).await?;
            let size = company.picture.as_ref().map_or([1.0; 2], |p| p.size());
            let sizes = (0..base.pages()).map(|page| base.page_size(page));
            let sizes: Vec<_> = sizes.collect::<Result<_, _>>()?;
            let seal = [SEAL * size[0] / size[1], SEAL];
            let middle = position(seals) / parts;
            seals -= 1;
            let strips = pdf::across_pages(&sizes, seal, middle)?.into_iter();
            own.extend(strips.map(|(placement, part)| Place {
                page: placement.page,
                rect: placement.rect,
                part: Some(part),
            }));
        }
        Ok(())
    }

    /// Who may sign without writing (`printed`) signs with the name as text, and so does
    /// who has a label: it must be possible to draw it.
    pub(super) fn check_text(
        &self,
        party: &NewParty,
        name: &str,
        printed: bool,
    ) -> Result<(), SigningError> {
        if party.label.is_some() && (printed || party.across_pages) {
            let reason = "a label is for whole seals and strokes; a code has a text of its own";
            return Err(SigningError::Invalid {
                field: "parties.label".to_owned(),
                reason: format!("{}: {reason}", party.role),
            });
        }
        let drawn = printed || party.label.is_some();
        let fonts = &self.0.parts.fonts;
        match name.chars().find(|character| !fonts.covers(*character)) {
            Some(character) if drawn => Err(pdf::PdfError::MissingGlyph(character).into()),
            _ => Ok(()),
        }
    }
}
