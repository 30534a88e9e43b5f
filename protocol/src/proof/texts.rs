//! The chain of an agreement's texts back to the founding text, whose hash is the federation's id.

use crate::{
    federation::{FederationAgreement, Ties},
    id::Hash,
};

/// Why a chain does not come to the founding text.
pub(super) enum ChainError {
    /// A version is nowhere; these of the given texts were taken before, the oldest first.
    Missing {
        /// Its number.
        number: u32,
        /// What was taken.
        taken: Vec<FederationAgreement>,
    },
    /// A version may not follow the one before it.
    Broken(String),
}

/// Follows a text back to the founding text by what the group consented to and `given` texts; gives back the founding
/// text and those of `given` that it took, the oldest first.
pub(super) fn chain(
    last: &FederationAgreement,
    ties: &Ties,
    given: impl Fn(&Hash) -> Option<FederationAgreement>,
) -> Result<(FederationAgreement, Vec<FederationAgreement>), ChainError> {
    let (mut text, mut taken) = (last.clone(), Vec::new());
    while let Some(amends) = text.amends {
        let before = match ties.consent_to(&amends.version) {
            Some(consent) => consent.agreement.clone(),
            None => {
                let Some(found) = given(&amends.version).filter(|found| found.hash() == amends.version) else {
                    taken.reverse();
                    return Err(ChainError::Missing { number: amends.number.saturating_sub(1), taken });
                };
                taken.push(found.clone());
                found
            }
        };
        text.check_follows(&before).map_err(|error| ChainError::Broken(error.to_string()))?;
        text = before;
    }
    taken.reverse();
    Ok((text, taken))
}
