//! Japanese: what `mailward login` says.

use crate::engine::wording::login::LoginWords;

/// The words.
pub(crate) const WORDS: LoginWords = LoginWords {
    task: "アカウント「{account}」({user})にサインインします。

  1. ブラウザでこのページを開いてください(別の端末でもかまいません): {address}
  2. このコードを入力してください: {code}
  3. {user} でサインインし、アクセスを許可してください。

待っています。コードの有効期限は{minutes}分です。中止するには Ctrl-C を押してください。",
    done: "サインインしました。「{account}」のトークンは、本人だけが読めるファイルに保存しました。
次に、メールボックスが開けるか確かめてください: mailward check --online
動作中のmailwardは、10分以内に自動で見守りを再開します。",
    short: "プロバイダーから更新用のトークンが届いていません。このままではサインインがまもなく切れます。設定の scope でオフラインアクセスを指定してください。",
};
