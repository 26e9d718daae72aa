//! Japanese: what a screen shows and `test-alert` asks.

use crate::engine::wording::desktop::DesktopLabels;

/// The labels.
pub(crate) const LABELS: DesktopLabels = DesktopLabels {
    arrived: "届きました",
    did_it_arrive: "…: テスト通知は届きましたか? [y/n]",
    it_arrived: "…: 確認できました。通知はここに届きます。",
    it_did_not: "…: テスト通知は送られましたが、届いていません。頼りにする前に、この通知先を確かめてください。",
    nobody_asked: "届いているか見てください。通知先ごとに確認するには、ターミナルで実行してください: mailward test-alert",
};
