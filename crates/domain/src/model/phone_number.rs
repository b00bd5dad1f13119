use zeroize::Zeroize;

use super::Malformed;
use super::secret::opaque_debug;

/// A phone number of at most 15 digits (ITU-T E.164), in the two parts that WeChat names. `Debug` hides
/// it because it is personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    country_code: String,
    national: String,
}

impl PhoneNumber {
    /// Checks both parts. The country code has 1 to 3 digits and no leading zero. The national number
    /// has at least 4 digits and does not include the country code.
    pub fn parse(country_code: &str, national: &str) -> Result<Self, Malformed> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let shaped = (1..=3).contains(&country_code.len())
            && !country_code.starts_with('0')
            && national.len() >= 4
            && country_code.len() + national.len() <= 15
            && digits(country_code)
            && digits(national);
        if shaped {
            Ok(Self { country_code: country_code.to_owned(), national: national.to_owned() })
        } else {
            Err(Malformed(
                "a phone number is a country code and a national number of at most 15 digits together",
            ))
        }
    }

    /// Returns the digits of the country code, such as `86`.
    #[must_use]
    pub fn country_code(&self) -> &str {
        &self.country_code
    }

    /// Returns the digits of the national number.
    #[must_use]
    pub fn national(&self) -> &str {
        &self.national
    }

    /// Returns the masked national number, such as `138****8000`. The four stars replace at least a
    /// third of the digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = (self.national.len() * 2 / 3).min(7);
        let (head, tail) = (shown / 2, shown.div_ceil(2));
        let tail = self.national.len() - tail;
        format!("{}****{}", &self.national[..head], &self.national[tail..])
    }
}

opaque_debug!(PhoneNumber);

impl Drop for PhoneNumber {
    fn drop(&mut self) {
        self.country_code.zeroize();
        self.national.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_two_groups_of_digits() {
        for (country_code, national) in
            [("86", "13800138000"), ("1", "4155550123"), ("852", "51234567"), ("39", "0612345678")]
        {
            let phone = PhoneNumber::parse(country_code, national).unwrap();
            assert_eq!((phone.country_code(), phone.national()), (country_code, national));
        }
        for (country_code, national) in [
            ("", "13800138000"),
            ("0", "13800138000"),
            ("086", "13800138000"),
            ("+86", "13800138000"),
            ("8610", "13800138000"),
            ("86", ""),
            ("86", "138"),
            ("86", "138 0013 8000"),
            ("86", "+8613800138000"),
            ("86", "１３８００１３８０００"),
            ("86", "12345678901234"),
        ] {
            assert!(
                PhoneNumber::parse(country_code, national).is_err(),
                "{country_code} {national}"
            );
        }
    }

    #[test]
    fn masking_hides_a_third_or_more() {
        for (national, masked) in [
            ("13800138000", "138****8000"),
            ("4155550123", "415****123"),
            ("51234567", "51****567"),
            ("1234", "1****4"),
            ("1234567890123", "123****0123"),
        ] {
            assert_eq!(PhoneNumber::parse("86", national).unwrap().masked(), masked);
        }
    }

    #[test]
    fn a_number_does_not_print() {
        let phone = PhoneNumber::parse("86", "13800138000").unwrap();
        assert_eq!(format!("{phone:?}"), "PhoneNumber(…)");
    }
}
