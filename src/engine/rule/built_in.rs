//! The packs compiled into the program.

/// The groups of patterns that packs share.
pub(crate) const WORDS: &str = include_str!("../../../rules/words.toml");

/// (file name, text), by name.
pub(crate) const PACKS: [(&str, &str); 57] = [
    ("rules/aeon.toml", include_str!("../../../rules/aeon.toml")),
    (
        "rules/aliexpress.toml",
        include_str!("../../../rules/aliexpress.toml"),
    ),
    (
        "rules/amazon.toml",
        include_str!("../../../rules/amazon.toml"),
    ),
    ("rules/amex.toml", include_str!("../../../rules/amex.toml")),
    (
        "rules/amiami.toml",
        include_str!("../../../rules/amiami.toml"),
    ),
    (
        "rules/apple.toml",
        include_str!("../../../rules/apple.toml"),
    ),
    ("rules/au.toml", include_str!("../../../rules/au.toml")),
    (
        "rules/aupay_card.toml",
        include_str!("../../../rules/aupay_card.toml"),
    ),
    (
        "rules/bestbuy.toml",
        include_str!("../../../rules/bestbuy.toml"),
    ),
    (
        "rules/bigbasket.toml",
        include_str!("../../../rules/bigbasket.toml"),
    ),
    (
        "rules/chase.toml",
        include_str!("../../../rules/chase.toml"),
    ),
    (
        "rules/codes.toml",
        include_str!("../../../rules/codes.toml"),
    ),
    (
        "rules/dcard.toml",
        include_str!("../../../rules/dcard.toml"),
    ),
    (
        "rules/discord.toml",
        include_str!("../../../rules/discord.toml"),
    ),
    ("rules/dmm.toml", include_str!("../../../rules/dmm.toml")),
    (
        "rules/docomo.toml",
        include_str!("../../../rules/docomo.toml"),
    ),
    ("rules/ebay.toml", include_str!("../../../rules/ebay.toml")),
    ("rules/epos.toml", include_str!("../../../rules/epos.toml")),
    ("rules/etsy.toml", include_str!("../../../rules/etsy.toml")),
    (
        "rules/github.toml",
        include_str!("../../../rules/github.toml"),
    ),
    (
        "rules/google.toml",
        include_str!("../../../rules/google.toml"),
    ),
    (
        "rules/homedepot.toml",
        include_str!("../../../rules/homedepot.toml"),
    ),
    ("rules/jcb.toml", include_str!("../../../rules/jcb.toml")),
    ("rules/line.toml", include_str!("../../../rules/line.toml")),
    (
        "rules/mcdonalds_jp.toml",
        include_str!("../../../rules/mcdonalds_jp.toml"),
    ),
    (
        "rules/mercari.toml",
        include_str!("../../../rules/mercari.toml"),
    ),
    (
        "rules/microsoft.toml",
        include_str!("../../../rules/microsoft.toml"),
    ),
    (
        "rules/netflix.toml",
        include_str!("../../../rules/netflix.toml"),
    ),
    (
        "rules/nintendo.toml",
        include_str!("../../../rules/nintendo.toml"),
    ),
    (
        "rules/orders.toml",
        include_str!("../../../rules/orders.toml"),
    ),
    (
        "rules/paypal.toml",
        include_str!("../../../rules/paypal.toml"),
    ),
    (
        "rules/paypay.toml",
        include_str!("../../../rules/paypay.toml"),
    ),
    (
        "rules/paypay_card.toml",
        include_str!("../../../rules/paypay_card.toml"),
    ),
    (
        "rules/playstation.toml",
        include_str!("../../../rules/playstation.toml"),
    ),
    (
        "rules/rakuten.toml",
        include_str!("../../../rules/rakuten.toml"),
    ),
    (
        "rules/rakuten_card.toml",
        include_str!("../../../rules/rakuten_card.toml"),
    ),
    (
        "rules/saison.toml",
        include_str!("../../../rules/saison.toml"),
    ),
    (
        "rules/samsclub.toml",
        include_str!("../../../rules/samsclub.toml"),
    ),
    (
        "rules/secondstreet.toml",
        include_str!("../../../rules/secondstreet.toml"),
    ),
    (
        "rules/security.toml",
        include_str!("../../../rules/security.toml"),
    ),
    (
        "rules/shein.toml",
        include_str!("../../../rules/shein.toml"),
    ),
    (
        "rules/shopify.toml",
        include_str!("../../../rules/shopify.toml"),
    ),
    (
        "rules/slack.toml",
        include_str!("../../../rules/slack.toml"),
    ),
    ("rules/smbc.toml", include_str!("../../../rules/smbc.toml")),
    ("rules/sms.toml", include_str!("../../../rules/sms.toml")),
    (
        "rules/softbank.toml",
        include_str!("../../../rules/softbank.toml"),
    ),
    (
        "rules/steam.toml",
        include_str!("../../../rules/steam.toml"),
    ),
    (
        "rules/stripe.toml",
        include_str!("../../../rules/stripe.toml"),
    ),
    (
        "rules/surugaya.toml",
        include_str!("../../../rules/surugaya.toml"),
    ),
    (
        "rules/swiggy.toml",
        include_str!("../../../rules/swiggy.toml"),
    ),
    (
        "rules/target.toml",
        include_str!("../../../rules/target.toml"),
    ),
    ("rules/uber.toml", include_str!("../../../rules/uber.toml")),
    (
        "rules/walmart.toml",
        include_str!("../../../rules/walmart.toml"),
    ),
    (
        "rules/yahoo_japan.toml",
        include_str!("../../../rules/yahoo_japan.toml"),
    ),
    (
        "rules/yodobashi.toml",
        include_str!("../../../rules/yodobashi.toml"),
    ),
    (
        "rules/zomato.toml",
        include_str!("../../../rules/zomato.toml"),
    ),
    ("rules/zozo.toml", include_str!("../../../rules/zozo.toml")),
];

#[cfg(test)]
mod tests {
    use super::PACKS;
    use crate::engine::rule::RuleSet;

    #[test]
    fn every_built_in_pack_stands_as_a_users_own_of_which_more_is_asked() {
        for (file, text) in PACKS {
            if let Err(error) = RuleSet::only(file, text) {
                panic!("{error}");
            }
        }
    }
}
