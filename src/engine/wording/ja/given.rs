//! Japanese: what points were given for.

use crate::engine::given::Given;

/// What points were given for.
pub(crate) fn words(given: Given) -> &'static str {
    match given {
        Given::Order => "注文",
        Given::GiftOrDigital => "ギフト券・デジタル商品",
        Given::GiftToOther => "ほかの宛先へのギフト",
        Given::NewAddress => "新しい届け先",
        Given::FirstHere => "この店で初めての注文",
        Given::QuietHours => "静かにする時間帯",
        Given::SmallAmount => "少額",
        Given::LargeGift => "高額のギフト",
        Given::SameAmount => "同じ金額",
        Given::SplitCheckout => "1回の会計の一部",
        Given::FurtherOrders => "同じメールにあるほかの注文",
        Given::Cancelled => "店による取消",
        Given::Held => "店による保留",
        Given::KnowsPassword => "パスワードを知る人がいる",
        Given::ResetCode => "再設定・変更用のコード",
        Given::PaymentCode => "支払い用のコード",
        Given::TwoPaymentCodes => "30分以内に支払い用のコードが2件",
        Given::TwoServices => "30分以内に2つのサービス",
        Given::ThreeCodes => "15分以内にコードが3件",
        Given::FailedSignIn => "コードの前に失敗したログイン",
        Given::NewDevice => "コードの直後に新しい端末",
        Given::OtherPlace => "ふだんと違う場所・端末",
        Given::UsualPlace => "ふだんの場所・端末",
        Given::ScreenIdle => "画面が使われていなかった",
    }
}
