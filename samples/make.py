#!/usr/bin/env python3
"""Writes the sample mailboxes next to this script. Every mail in them is made up; example.com stamps them.

    python3 samples/make.py
"""

import base64
import quopri
from datetime import datetime, timedelta, timezone
from pathlib import Path

JST = timezone(timedelta(hours=9))
PERSON = "hanako@example.com"
FOLDER = Path(__file__).parent


def word(text, charset="utf-8"):
    """An encoded word of RFC 2047, folded at 20 characters."""
    if text.isascii():
        return text
    parts = [text[i:i + 20] for i in range(0, len(text), 20)]
    words = [base64.b64encode(part.encode(charset)).decode() for part in parts]
    return "\r\n ".join(f"=?{charset.upper()}?B?{one}?=" for one in words)


def mail(number, at, sender, subject, body, *, domain, stamped=True, charset="utf-8", html=None, name="Amazon"):
    """One mail as it lies in a mailbox, with the stamps that the provider of the person sets."""
    date = at.strftime("%a, %d %b %Y %H:%M:%S %z")
    arrival = (at + timedelta(seconds=4)).strftime("%a, %d %b %Y %H:%M:%S %z")
    lines = [f"Return-Path: <bounce-{number}@bounces.{domain}>"]
    if stamped:
        lines += [
            "Authentication-Results: mx.example.com;",
            f"\tdkim=pass header.d={domain} header.s=sample header.b=c2FtcGxl;",
            f"\tspf=pass smtp.mailfrom=bounces.{domain};",
            f"\tdmarc=pass header.from={domain}",
        ]
    lines += [
        f"Received: from a1.smtp-out.{domain} (a1.smtp-out.{domain} [192.0.2.25])",
        f"\tby mx.example.com with ESMTPS id sample{number:04}",
        f"\tfor <{PERSON}>; {arrival}",
        f"Date: {date}",
        f'From: "{name}" <{sender}>',
        f"To: {PERSON}",
        f"Message-ID: <sample-{number:04}@{domain}>",
        f"Subject: {word(subject, charset)}",
        "MIME-Version: 1.0",
    ]
    if html is None:
        if charset == "iso-2022-jp":
            encoding, text = "7bit", body.encode(charset).decode("ascii")
        else:
            encoding, text = "base64", base64.encodebytes(body.encode(charset)).decode()
        lines += [f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {encoding}", "", text]
    else:
        edge = f"=_sample_{number:04}"
        lines += [
            f'Content-Type: multipart/alternative; boundary="{edge}"', "",
            f"--{edge}", f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64", "",
            base64.encodebytes(body.encode(charset)).decode(),
            f"--{edge}", f"Content-Type: text/html; charset={charset}",
            "Content-Transfer-Encoding: quoted-printable", "",
            quopri.encodestring(html.encode(charset)).decode(), f"--{edge}--", "",
        ]
    return at, "\n".join(lines).replace("\r\n", "\n")


def write(name, mails):
    """An mbox in order of arrival, quoted as mboxrd."""
    out = []
    for at, text in sorted(mails, key=lambda one: one[0]):
        utc = at.astimezone(timezone.utc)
        out.append(f"From sample@example.com {utc.strftime('%a %b %d %H:%M:%S %Y')}")
        for line in text.rstrip("\n").split("\n"):
            out.append(">" + line if line.lstrip(">").startswith("From ") else line)
        out.append("")
    (FOLDER / name).write_text("\n".join(out) + "\n", encoding="utf-8")


def sign_in_code(number, at):
    return mail(
        number, at, "account-update@amazon.co.jp", "amazon.co.jp: サインイン試行",
        "誰かがあなたのアカウントへのサインインを試みています。\n\n"
        f"日時: {at:%Y/%m/%d %H:%M} 日本標準時\nデバイス: Windows の Chrome\n付近: 大阪府\n\n"
        f"ご本人の場合、確認コードは次のとおりです:\n{700_000 + number * 1_009}\n\n"
        "このコードは誰にも教えないでください。\n",
        domain="amazon.co.jp", name="Amazon.co.jp")


def order_ja(number, at, order, yen, charset="utf-8"):
    body = (
        "ご注文ありがとうございます。\n\n"
        f"注文番号: {order}\n\n"
        f"商品: Amazonギフトカード Eメールタイプ\n数量: 1\n金額: ￥{yen:,}\n\n"
        f"合計: ￥{yen:,}\n支払い方法: クレジットカード\n")
    html = None
    if charset == "utf-8":
        html = (
            "<html><body><h1>ご注文ありがとうございます。</h1>"
            f"<p>注文番号 <a href=\"https://www.amazon.co.jp/gp/css/order-details\">{order}</a></p>"
            "<table><tr><td>Amazonギフトカード Eメールタイプ</td><td>数量: 1</td>"
            f"<td>￥{yen:,}</td></tr><tr><td>合計</td><td>￥{yen:,}</td></tr></table></body></html>")
        subject = "注文済み: 「Amazonギフトカード Eメールタイプ」"
    else:
        subject = f"Amazon.co.jpでのご注文 {order}"
    return mail(number, at, "auto-confirm@amazon.co.jp", subject, body, domain="amazon.co.jp",
                charset=charset, html=html, name="Amazon.co.jp")


def cancellation_ja(number, at, order, charset="utf-8"):
    return mail(
        number, at, "order-update@amazon.co.jp", "Amazon.co.jpでのご注文につきまして",
        "お客様\n\n"
        f"ご注文 {order} の処理中に問題が発生したため、このご注文はキャンセルされました。\n"
        "このご注文の代金は請求されておりません。\n\n"
        "アカウントスペシャリスト\nAmazon.co.jp\n",
        domain="amazon.co.jp", charset=charset, name="Amazon.co.jp")


def story():
    """Two codes nobody asked for, then seven gift cards within minutes and four problem cancellations."""
    day = datetime(2026, 11, 21, 12, 0, tzinfo=JST)
    orders = [f"503-{4100000 + n * 271:07}-{7300000 + n * 613:07}" for n in range(1, 8)]
    mails = [
        mail(1, day - timedelta(days=2, hours=3), "news@shop.example.org", "週末セールのお知らせ",
             "クーポンコード SAVE20 を入力すると 20% 引きになります。\n", domain="shop.example.org", name="Example Shop"),
        mail(2, day - timedelta(days=1, hours=22), "shipment-tracking@amazon.co.jp", "発送済み: 「ノート」",
             "注文済み 発送済み 配達中 配達済み\n\n注文番号: 503-2222222-3333333\n11月20日にお届け予定です。\n",
             domain="amazon.co.jp", name="Amazon.co.jp"),
        sign_in_code(3, day - timedelta(hours=20)),
        sign_in_code(4, day - timedelta(hours=19, minutes=10)),
        mail(5, day - timedelta(hours=2), "taro@example.org", "明日の件", "10時に駅前で。\n",
             domain="example.org", name="Taro"),
    ]
    minutes = [0, 1.2, 2.1, 3.4, 4.2, 5.5, 6.3]
    for n, (order, minute) in enumerate(zip(orders, minutes)):
        charset = "iso-2022-jp" if n in (1, 4) else "utf-8"
        mails.append(order_ja(10 + n, day + timedelta(minutes=minute), order, 2500, charset))
    for n, order in enumerate([orders[0], orders[2], orders[4], orders[5]]):
        charset = "iso-2022-jp" if n == 2 else "utf-8"
        mails.append(cancellation_ja(20 + n, day + timedelta(minutes=12 + 1.5 * n), order, charset))
    mails.append(mail(30, day + timedelta(hours=1), "news@shop.example.org", "ご注文がお得になるクーポン",
                      "本日かぎり。\n", domain="shop.example.org", name="Example Shop"))
    return mails


def order_en(number, at, order, dollars):
    return mail(
        number, at, "auto-confirm@amazon.com", 'Ordered: "Amazon eGift Card"',
        f"Thanks for your order, Hanako!\n\nOrder #\n{order}\n\nAmazon eGift Card\nQuantity: 1\n"
        f"${dollars}.00\n\nGrand Total:\n${dollars}.00\n",
        domain="amazon.com", name="Amazon.com",
        html="<html><body><h1>Thanks for your order, Hanako!</h1>"
             f"<p>Order # {order}</p><p>Amazon eGift Card</p><p>Quantity: 1</p>"
             f"<table><tr><td>Grand Total:</td><td>${dollars}.00</td></tr></table></body></html>")


def cancellation_en(number, at, order):
    return mail(
        number, at, "order-update@amazon.com", f"Your Amazon.com order {order} has been canceled",
        f"Hello,\n\nThere was a problem processing order {order}, so we have canceled it.\n"
        "You have not been charged for this order.\n\nAccount Specialist\nAmazon.com\n",
        domain="amazon.com", name="Amazon.com")


def five_orders():
    """A variant in English: five gift cards and two problem cancellations, and no code before."""
    day = datetime(2026, 11, 14, 15, 30, tzinfo=timezone(timedelta(0)))
    orders = [f"112-{5200000 + n * 337:07}-{8400000 + n * 709:07}" for n in range(1, 6)]
    mails = [order_en(40 + n, day + timedelta(minutes=1.5 * n), order, 50) for n, order in enumerate(orders)]
    mails += [cancellation_en(50 + n, day + timedelta(minutes=15 + n), order)
              for n, order in enumerate([orders[1], orders[3]])]
    return mails


if __name__ == "__main__":
    write("story.mbox", story())
    write("five-orders.mbox", five_orders())
