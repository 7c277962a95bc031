"""Writes texts.jsonl: labelled texts whose values come from other people's code.

Faker makes people's data, python-stdnum knows the check digits of bank accounts and
national identifiers, phonenumbers (Google's libphonenumber) which telephone numbers
there are. Nothing here knows the detectors that are measured.

    python3 -m venv .cache/presidio
    .cache/presidio/bin/pip install Faker==40.63.0 python-stdnum==2.2 phonenumbers==9.0.43 freezegun==1.5.5
    .cache/presidio/bin/python plugins/redact/accuracy/testdata/faker/generate.py

Each line is a text and its spans: where they begin and end, in bytes, and what they
are. Everything that has no span is a negative, the values of other kinds included.
"""

import base64
import hashlib
import importlib
import json
import pathlib
import random
import re
import string

import phonenumbers
import stdnum.iban
import stdnum.luhn
from faker import Faker
from freezegun import freeze_time
from stdnum.iso7064 import mod_97_10

SEED = 20261126
TEXTS = 8000

rnd = random.Random(SEED)
Faker.seed(SEED)
fakers = {}


def fake(locale="en_US"):
    if locale not in fakers:
        fakers[locale] = Faker(locale)
        fakers[locale].seed_instance(SEED + len(fakers))
    return fakers[locale]


def digits(n):
    return "".join(rnd.choice(string.digits) for _ in range(n))


def letters(n, alphabet=string.ascii_lowercase):
    return "".join(rnd.choice(alphabet) for _ in range(n))


def grouped(text, sizes, separator):
    parts, i = [], 0
    for size in sizes:
        parts.append(text[i : i + size])
        i += size
    if i < len(text):
        parts.append(text[i:])
    return separator.join(p for p in parts if p)


# Cards. Faker's, and networks that it does not know: a range and the length of its numbers.
NETWORKS = [
    ("2200", 16), ("2204", 16), ("2221", 16), ("2500", 16), ("2720", 16), ("6200", 16), ("6212", 19), ("6222", 17), ("6226", 18),
    ("6521", 16), ("60", 16), ("8172", 16), ("508", 16), ("353", 16), ("9792", 16), ("506099", 19), ("5061", 16), ("636368", 16),
    ("6362", 16), ("438935", 16), ("6500", 16), ("8600", 16), ("9860", 16), ("6011", 19), ("36", 14), ("3095", 14), ("38", 16),
    ("30", 14), ("676770", 19), ("6759", 18), ("6703", 17), ("6304", 19), ("4", 19), ("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15),
]
FAKER_CARDS = ["visa16", "visa19", "visa13", "amex", "discover", "diners", "jcb15", "jcb16", "maestro", "mastercard"]


def card():
    if rnd.random() < 0.5:
        number = fake().credit_card_number(rnd.choice(FAKER_CARDS))
    else:
        prefix, length = rnd.choice(NETWORKS)
        body = prefix + digits(length - len(prefix) - 1)
        number = body + stdnum.luhn.calc_check_digit(body)
    n = len(number)
    # Short and rare lengths are what order numbers and bar codes look like: they stand behind a name.
    named = n <= 13 or n == 15 and number[0] in "12" or number[0] == "0"
    if number[0] == "0":  # Faker's 0604 is no issuer: ISO/IEC 7812-1 gives 0 to no payment network
        return card()
    style = rnd.random()
    if style < 0.45:
        return number, named
    separator = rnd.choice([" ", " ", " ", "-", "-", "\u00a0", "\u2013", "\u202f"])
    if n == 15:
        return grouped(number, [4, 6, 5], separator), named
    if n == 14:
        return grouped(number, [4, 6, 4], separator), named
    return grouped(number, [4, 4, 4, 4], separator), named


# IBANs of all countries of the registry.
COUNTRIES = [line.split(" ", 1) for line in pathlib.Path(stdnum.iban.__file__).with_name("iban.dat").read_text().splitlines() if line[:1].isalpha()]


def iban():
    country, rest = rnd.choice(COUNTRIES)
    bban = ""
    for size, kind in re.findall(r"(\d+)!([nac])", re.search(r'bban="([^"]+)"', rest).group(1)):
        bban += {"n": digits, "a": lambda n: letters(n, string.ascii_uppercase), "c": lambda n: letters(n, string.digits * 3 + string.ascii_uppercase)}[kind](int(size))
    number = country + mod_97_10.calc_check_digits(bban + country) + bban
    assert mod_97_10.is_valid(number[4:] + number[:4])
    style = rnd.random()
    if style < 0.5:
        return number, False
    if style < 0.55:
        return number.lower(), False
    return grouped(number, [4] * 9, rnd.choice([" ", " ", " ", "-", "\u00a0"])), False


LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "pl_PL", "nl_NL", "sv_SE", "da_DK", "fi_FI", "cs_CZ", "ja_JP", "tr_TR"]


def email():
    f = fake(rnd.choice(LOCALES))
    address = rnd.choice([f.email, f.ascii_email, f.company_email, f.free_email, f.safe_email, f.ascii_company_email])()
    style = rnd.random()
    if style < 0.1:
        address = address.replace("@", "+" + letters(5) + "@", 1)
    elif style < 0.15:
        address = address.upper()
    elif style < 0.2:
        address = letters(1) + "." + address
    elif style < 0.25:
        address = address.split("@")[0] + "@" + letters(4) + "." + letters(6) + rnd.choice([".co.uk", ".com.br", ".gov", ".museum", ".technology", ".io"])
    return address, False


def ip():
    f = fake()
    style = rnd.random()
    if style < 0.55:
        return f.ipv4_public(), False
    if style < 0.65:
        return f.ipv4_private(), False
    if style < 0.9:
        return f.ipv6(), False
    import ipaddress
    raw = bytearray(ipaddress.ip_address(f.ipv6()).packed)
    raw[4:12] = bytes(8)
    raw[0:2] = b"\x2a\x02"
    return str(ipaddress.ip_address(bytes(raw))), False


def mac():
    address = fake().mac_address()
    return rnd.choice([address, address.upper(), address.replace(":", "-")]), False


def ssn():
    number = fake().ssn()
    style = rnd.random()
    if style < 0.6:
        return number, False
    return number.replace("-", rnd.choice(["", " "])), True


# Regions with a geographic or mobile number to start from.
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def phone():
    region = rnd.choice(REGIONS if rnd.random() < 0.5 else ["US", "US", "US", "GB", "DE", "FR", "IN", "BR", "CA", "IT", "ES", "NL", "AU", "JP", "PL", "CN"])
    example = None
    while example is None:
        kind = rnd.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            region = rnd.choice(REGIONS)
    national = phonenumbers.national_significant_number(example)
    for _ in range(200):
        keep = rnd.randint(1, 4)
        number = phonenumbers.parse("+%d%s" % (example.country_code, national[:keep] + digits(len(national) - keep)))
        if phonenumbers.is_valid_number(number):
            break
    else:
        number = example
    form = rnd.choice([phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL])
    text = phonenumbers.format_number(number, form)
    if region in ("US", "CA") and form == phonenumbers.PhoneNumberFormat.NATIONAL:
        d = str(number.national_number)
        return rnd.choice([text, "%s-%s-%s" % (d[:3], d[3:6], d[6:]), "%s.%s.%s" % (d[:3], d[3:6], d[6:]), "1-%s-%s-%s" % (d[:3], d[3:6], d[6:])]), False
    return text, form == phonenumbers.PhoneNumberFormat.NATIONAL


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt():
    header = {"alg": rnd.choice(["HS256", "RS256", "ES256", "EdDSA"]), "typ": "JWT"}
    if rnd.random() < 0.5:
        header["kid"] = fake().uuid4()
    payload = {"sub": fake().user_name(), "iat": rnd.randint(1_600_000_000, 1_900_000_000)}
    return b64(json.dumps(header, separators=(",", ":")).encode()) + "." + b64(json.dumps(payload).encode()) + "." + b64(rnd.randbytes(32)), False


def api_key():
    alnum = string.ascii_letters + string.digits
    return rnd.choice([
        lambda: "AK" + "IA" + letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        lambda: "gh" + "p_" + letters(36, alnum),
        lambda: "xo" + "xb-" + digits(12) + "-" + digits(12) + "-" + letters(24, alnum),
        lambda: "sk_" + "live_" + letters(24, alnum),
        lambda: "AI" + "za" + letters(35, alnum + "_-"),
        lambda: "gl" + "pat-" + letters(20, alnum),
        lambda: "np" + "m_" + letters(36, alnum),
        lambda: "SG" + "." + letters(22, alnum) + "." + letters(43, alnum),
    ])(), False


# National identifiers: our name, the module of python-stdnum that knows valid ones or the provider of Faker that makes
# them, ways to write one, and what people call it.
def by_stdnum(module, form):
    check = importlib.import_module("stdnum." + module)

    def make():
        while True:
            text = "".join(rnd.choice(string.digits) if c == "0" else rnd.choice(string.ascii_uppercase) if c == "A" else c for c in form)
            # Dates are where numbers have them, else almost none is valid.
            text = re.sub("[YMD]+", lambda m: dated(m.group()), text)
            text = re.sub("[?]", lambda m: rnd.choice(string.digits + "ABCDEFGHJKLMNPRSTUVWXYZ"), text)
            if check.is_valid(text):
                return text

    return make


def dated(pattern):
    year, month, day = rnd.randint(1940, 1999), rnd.randint(1, 12), rnd.randint(1, 28)
    return pattern.replace("YYYY", "%04d" % year).replace("YY", "%02d" % (year % 100)).replace("MM", "%02d" % month).replace("DD", "%02d" % day)


def by_faker(locale, provider):
    return lambda: getattr(fake(locale), provider)()


def nino():
    """Returns a number as HM Revenue & Customs gives them: Faker's are made to be none."""
    while True:
        prefix = rnd.choice("ABCEGHJKLMNOPRSTWXYZ") + rnd.choice("ABCEGHJKLMNPRSTWXYZ")
        if prefix not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
            return prefix + digits(6) + rnd.choice("ABCD")


IDS = [
    ("us_itin", by_faker("en_US", "itin"), [None], ["ITIN", "Individual Taxpayer Identification Number"]),
    ("uk_nino", nino, [None, [2, 2, 2, 2, 1, " "], [2, 6, 1, " "]], ["NI number", "National Insurance number", "NINO"]),
    ("uk_nhs", by_stdnum("gb.nhs", "0000000000"), [[3, 3, 4, " "], None], ["NHS number", "NHS no"]),
    ("pl_pesel", by_faker("pl_PL", "pesel"), [None], ["PESEL", "numer PESEL"]),
    ("pl_nip", by_stdnum("pl.nip", "0000000000"), [[3, 3, 2, 2, "-"], None], ["NIP"]),
    ("nl_bsn", by_faker("nl_NL", "ssn"), [None], ["BSN", "Burgerservicenummer"]),
    ("fr_nir", by_stdnum("fr.nir", "1YYMM7500000000"), [[1, 2, 2, 2, 3, 3, 2, " "], None], ["NIR", "N° sécurité sociale"]),
    ("es_dni", by_stdnum("es.dni", "00000000A"), [None, [8, 1, "-"]], ["DNI", "NIF"]),
    ("es_nie", by_stdnum("es.nie", "X0000000A"), [None, [1, 7, 1, "-"]], ["NIE"]),
    ("it_codice_fiscale", by_faker("it_IT", "ssn"), [None], ["Codice fiscale", "C.F.", "cod. fisc."]),
    ("it_partita_iva", by_stdnum("it.iva", "00000000000"), [None], ["Partita IVA", "P. IVA"]),
    ("de_steuer_id", by_stdnum("de.idnr", "00000000000"), [[2, 3, 3, 3, " "], None], ["Steuer-ID", "Steuerliche Identifikationsnummer", "IdNr"]),
    ("se_personnummer", by_stdnum("se.personnummer", "YYMMDD-0000"), [None], ["Personnummer"]),
    ("fi_hetu", by_stdnum("fi.hetu", "DDMMYY-000?"), [None], ["Henkilötunnus", "HETU"]),
    ("no_fodselsnummer", by_stdnum("no.fodselsnummer", "DDMMYY00000"), [None, [6, 5, " "]], ["Fødselsnummer"]),
    ("dk_cpr", by_stdnum("dk.cpr", "DDMMYY0000"), [[6, 4, "-"]], ["CPR-nummer", "CPR"]),
    ("is_kennitala", by_stdnum("is_.kennitala", "DDMMYY0009"), [[6, 4, "-"], None], ["Kennitala"]),
    ("be_rijksregister", by_stdnum("be.nn", "YYMMDD00000"), [None, "be"], ["Rijksregisternummer", "NISS"]),
    ("ch_ahv", by_stdnum("ch.ssn", "7560000000000"), ["ch", None], ["AHV-Nummer", "N° AVS"]),
    ("at_svnr", by_stdnum("at.vnr", "0000DDMMYY"), [[4, 6, " "], None], ["SV-Nummer", "Sozialversicherungsnummer"]),
    ("pt_nif", by_stdnum("pt.nif", "200000000"), [[3, 3, 3, " "], None], ["NIF", "Contribuinte"]),
    ("ie_pps", by_stdnum("ie.pps", "0000000AA"), [None], ["PPS number", "PPSN"]),
    ("gr_amka", by_stdnum("gr.amka", "DDMMYY00000"), [None], ["AMKA", "ΑΜΚΑ"]),
    ("cz_rodne_cislo", by_stdnum("cz.rc", "YYMMDD0000"), [[6, 4, "/"], None], ["Rodné číslo", "RČ"]),
    ("ro_cnp", by_stdnum("ro.cnp", "1YYMMDD120000"), [None], ["CNP"]),
    ("bg_egn", by_stdnum("bg.egn", "YYMMDD0000"), [None], ["EGN", "ЕГН"]),
    ("hr_oib", by_stdnum("hr.oib", "00000000000"), [None], ["OIB"]),
    ("ee_isikukood", by_stdnum("ee.ik", "3YYMMDD0000"), [None], ["Isikukood"]),
    ("rs_jmbg", by_stdnum("si.emso", "DDMM9YY000000"), [None], ["EMŠO", "JMBG"]),
    ("tr_kimlik", by_stdnum("tr.tckimlik", "10000000000"), [None], ["T.C. Kimlik No", "TCKN"]),
    ("ru_inn", by_stdnum("ru.inn", "000000000000"), [None], ["ИНН"]),
    ("ua_rnokpp", by_stdnum("ua.rntrc", "0000000000"), [None], ["РНОКПП", "ІПН"]),
    ("br_cpf", by_faker("pt_BR", "cpf"), [None], ["CPF"]),
    ("br_cnpj", by_faker("pt_BR", "cnpj"), [None], ["CNPJ"]),
    ("ca_sin", by_faker("en_CA", "ssn"), [None], ["SIN", "Social Insurance Number"]),
    ("ar_cuit", by_stdnum("ar.cuit", "20000000000"), [[2, 8, 1, "-"], None], ["CUIT", "CUIL"]),
    ("cl_rut", by_stdnum("cl.rut", "10000000?"), ["cl"], ["RUT"]),
    ("ec_cedula", by_stdnum("ec.ci", "1700000000"), [None], ["Cédula"]),
    ("do_cedula", by_stdnum("do.cedula", "00000000000"), [[3, 7, 1, "-"], None], ["Cédula"]),
    ("mx_curp", by_faker("es_MX", "curp"), [None], ["CURP"]),
    ("in_aadhaar", by_stdnum("in_.aadhaar", "200000000000"), [[4, 4, 4, " "], None], ["Aadhaar", "Aadhaar number"]),
    ("in_pan", by_stdnum("in_.pan", "AAAPA0000A"), [None], ["PAN", "Permanent Account Number"]),
    ("cn_resident_id", by_faker("zh_CN", "ssn"), [None], ["身份证号", "身份证"]),
    ("kr_rrn", by_stdnum("kr.rrn", "YYMMDD1000000"), [[6, 7, "-"]], ["주민등록번호", "RRN"]),
    ("my_nric", by_stdnum("my.nric", "YYMMDD010000"), [[6, 2, 4, "-"]], ["MyKad", "NRIC"]),
    ("id_nik", by_stdnum("id.nik", "317101DDMMYY0000"), [None], ["NIK", "No. KTP"]),
    ("th_id", by_stdnum("th.pin", "1000000000000"), [[1, 4, 5, 2, 1, "-"]], ["เลขประจำตัวประชาชน", "Thai ID"]),
    ("il_id", by_stdnum("il.idnr", "000000000"), [None], ["Teudat Zehut", "תעודת זהות"]),
    ("au_tfn", by_stdnum("au.tfn", "100000000"), [[3, 3, 3, " "], None], ["TFN", "Tax File Number"]),
    ("nz_ird", by_stdnum("nz.ird", "049000000"), [[3, 3, 3, "-"]], ["IRD number", "IRD"]),
    ("za_id", by_stdnum("za.idnr", "YYMMDD0000080"), [None, [6, 4, 3, " "]], ["SA ID", "South African ID number"]),
    ("pk_cnic", by_stdnum("pk.cnic", "3520200000001"), [[5, 7, 1, "-"]], ["CNIC"]),
]


def national_id():
    kind, make, forms, labels = rnd.choice(IDS)
    text = make()
    form = rnd.choice(forms)
    if form == "be":
        text = "%s.%s.%s-%s.%s" % (text[:2], text[2:4], text[4:6], text[6:9], text[9:])
    elif form == "ch":
        text = "%s.%s.%s.%s" % (text[:3], text[3:7], text[7:11], text[11:])
    elif form == "cl":
        text = "%s.%s.%s-%s" % (text[:2], text[2:5], text[5:8], text[8:])
    elif form is not None:
        text = grouped(text, form[:-1], form[-1])
    return kind, text, rnd.choice(labels)


# What things are called in front of a value.
LABELS = {
    "card": ["Card number", "Credit card", "card", "CC", "cardNumber", "card_number", "PAN", "Kartennummer", "Numéro de carte", "Tarjeta", "Visa", "payment card", "Debit card no"],
    "iban": ["IBAN", "iban", "Account", "Bank account", "Konto", "payTo"],
    "email": ["Email", "e-mail", "mail", "contact", "From", "Cc", "user_email"],
    "ip": ["IP", "ip", "client_ip", "remote_addr", "source", "X-Forwarded-For", "host"],
    "mac": ["MAC", "mac", "hwaddr", "ether", "bssid"],
    "us_ssn": ["SSN", "ssn", "Social Security Number", "Soc. Sec. No", "social security no"],
    "phone": ["Phone", "phone", "Tel", "Telefon", "Téléphone", "Mobile", "Cell", "fax", "phone_number", "mobilePhone", "Teléfono", "call me at", "WhatsApp"],
    "jwt": ["token", "Authorization: Bearer", "id_token", "jwt"],
    "api_key": ["key", "api_key", "export TOKEN", "secret"],
}
MAKERS = {"card": card, "iban": iban, "email": email, "ip": ip, "mac": mac, "us_ssn": ssn, "phone": phone, "jwt": jwt, "api_key": api_key}
WEIGHTS = {"card": 20, "iban": 10, "email": 12, "ip": 12, "mac": 5, "us_ssn": 10, "phone": 20, "national_id": 16, "jwt": 2, "api_key": 4}


# Hard negatives: a name, and what looks like something else.
def luhnless(n, prefix):
    while True:
        number = prefix + digits(n - len(prefix))
        if not stdnum.luhn.is_valid(number):
            return number


def misspelt(number):
    while stdnum.iban.is_valid(number):
        at = rnd.randrange(4, len(number))
        number = number[:at] + rnd.choice(string.digits) + number[at + 1 :]
    return number


# What is told from data by its name alone.
NAMED_NEGATIVES = {"firmware version"}


def negative():
    f = fake()
    return rnd.choice([
        lambda: ("timestamp", str(rnd.randint(1_500_000_000, 1_900_000_000))),
        lambda: ("ts", str(rnd.randint(1_500_000_000_000, 1_900_000_000_000))),
        lambda: ("nanos", str(rnd.randint(1_500_000_000_000_000_000, 1_900_000_000_000_000_000))),
        lambda: ("micros", str(rnd.randint(1_500_000_000_000_000, 1_900_000_000_000_000))),
        lambda: ("order", rnd.choice(["", "ORD-", "PO", "#", "W"]) + digits(rnd.randint(6, 12))),
        lambda: ("order_id", digits(rnd.randint(8, 12)) + "-" + digits(rnd.randint(3, 7))),
        lambda: ("order id", "%s-%s-%s" % (digits(3), digits(7), digits(7))),
        lambda: ("invoice", "%s-%s" % (rnd.randint(2015, 2026), digits(6))),
        lambda: ("request_id", f.uuid4()),
        lambda: ("etag", f.md5()),
        lambda: ("sha1", f.sha1()),
        lambda: ("sha256", f.sha256()),
        lambda: ("commit", f.sha1()[:12]),
        lambda: ("ISBN", f.isbn13()),
        lambda: ("ISBN-10", f.isbn10()),
        lambda: ("ean", f.ean13()),
        lambda: ("barcode", f.ean8()),
        lambda: ("lat", "%.7f, %.7f" % (rnd.uniform(-90, 90), rnd.uniform(-180, 180))),
        lambda: ("score", repr(rnd.random())),
        lambda: ("value", repr(rnd.uniform(0, 10**9))),
        lambda: ("amount", "%s%s.%s" % (rnd.choice(["$", "€", ""]), f"{rnd.randint(1000, 9_999_999):,}", digits(2))),
        lambda: ("version", "%d.%d.%d" % (rnd.randint(0, 30), rnd.randint(0, 99), rnd.randint(0, 9999))),
        lambda: ("build", "%d.%d.%d.%d" % (rnd.randint(0, 30), rnd.randint(0, 99), rnd.randint(0, 9999), rnd.randint(300, 99999))),
        lambda: ("firmware version", "%d.%d.%d.%d" % (rnd.randint(0, 30), rnd.randint(0, 20), rnd.randint(0, 99), rnd.randint(0, 20))),
        lambda: ("tracking", "1Z" + letters(6, string.ascii_uppercase + string.digits) + digits(10)),
        lambda: ("tracking number", luhnless(12, rnd.choice("4678"))),
        lambda: ("FedEx", "%s %s %s" % (digits(4), digits(4), digits(4))),
        lambda: ("USPS", "9400" + digits(18)),
        lambda: ("shipment", "%s%s%s" % (letters(2, string.ascii_uppercase), digits(9), letters(2, string.ascii_uppercase))),
        lambda: ("IMEI", (lambda body: body + stdnum.luhn.calc_check_digit(body))("35" + digits(12))),
        lambda: ("ICCID", (lambda body: body + stdnum.luhn.calc_check_digit(body))("8949" + digits(15))),
        lambda: ("VIN", f.vin()),
        lambda: ("BIC", f.swift()),
        lambda: ("color", f.hex_color()),
        lambda: ("date", f.date()),
        lambda: ("date", f.date(pattern="%d.%m.%Y")),
        lambda: ("created_at", f.iso8601() + "Z"),
        lambda: ("time", f.time()),
        lambda: ("period", "%d-%d" % (rnd.randint(1950, 1999), rnd.randint(2000, 2026))),
        lambda: ("period", "%s - %s" % (f.date(pattern="%Y%m%d"), f.date(pattern="%Y%m%d"))),
        lambda: ("url", f.url() + "items/" + digits(9)),
        lambda: ("user_agent", f.user_agent()),
        lambda: ("oid", "1.3.6.1.4.1.%d.%d.%d" % (rnd.randint(1, 60000), rnd.randint(1, 9), rnd.randint(1, 99))),
        lambda: ("sku", "%s-%s-%s" % (letters(3, string.ascii_uppercase), digits(4), digits(3))),
        lambda: ("ticket", "#" + digits(7)),
        lambda: ("serial", "SN" + digits(10)),
        lambda: ("flight", letters(2, string.ascii_uppercase) + digits(4)),
        lambda: ("id", digits(rnd.choice([9, 10, 11, 13, 14]))),
        lambda: ("snowflake", str(rnd.randint(10**17, 10**18 - 1))),
        lambda: ("account", luhnless(16, rnd.choice(["4", "51", "37", "62"]))),
        lambda: ("account", grouped(luhnless(16, rnd.choice(["4", "55", "62", "35"])), [4, 4, 4], " ")),
        lambda: ("iban", misspelt(fake("de_DE").iban())),
        lambda: ("zip", "%s-%s" % (digits(5), digits(4))),
        lambda: ("range", "%d-%d-%d" % (rnd.randint(1, 99), rnd.randint(100, 999), rnd.randint(1, 99))),
        lambda: ("matrix", " ".join(str(rnd.randint(0, 999)) for _ in range(rnd.randint(4, 9)))),
        lambda: ("size", "%dx%d" % (rnd.randint(100, 4000), rnd.randint(100, 4000))),
        lambda: ("ssn", "000-%s-%s" % (digits(2), digits(4))),
        lambda: ("handle", "@" + f.user_name()),
        lambda: ("package", "%s@%d.%d.%d" % (f.word(), rnd.randint(0, 20), rnd.randint(0, 20), rnd.randint(0, 20))),
        lambda: ("remote", "git@%s:%s/%s.git" % (f.domain_name(), f.word(), f.word())),
        lambda: ("namespace", "%s::%s::%s" % (f.word(), f.word().title(), f.word())),
        lambda: ("asset", "%s@2x.png" % f.word()),
        lambda: ("pages", "%d-%d" % (rnd.randint(1, 400), rnd.randint(401, 999))),
        lambda: ("doi", "10.%s/%s.%s" % (digits(4), letters(5), digits(7))),
        lambda: ("base64", base64.b64encode(rnd.randbytes(18)).decode()),
    ])()


# Sentences with a place for a value, and ones in which a name stands before it.
NEUTRAL = [
    "{v}", "Please check {v} again before Friday.", "I wrote down {v}, is that right?", "{w}: saw {v} in the report ({w2})", "({v})", "\"{v}\"", "- {v}\n- {w}",
    "What happened to {v}?", "They said {v}; nobody answered.", "{w},{v},{w2},{d}", "{d} INFO {w} - processed {v} in {n} ms", "| {w} | {v} | {w2} |", "<td>{v}</td>",
    "{\"{w}\": \"{v}\", \"ok\": true}", "[\"{w}\",\"{v}\"]", "Subject: {v} {w}", "{name} gave us {v} on {d}.", "{v} is not in the list", "see {v}.", "INSERT INTO {w} VALUES ('{v}', {n});",
    "{w}=1&{w2}={v}&x=2", "{name}\t{v}\t{city}", "Update from {name}: {v}\nRegards", "* {v}: {w}", "{v}\n{w}\n", "not sure whether {v} or something else was meant...", "{city} {v} {w}",
]
NAMED = [
    "{l}: {v}", "{l} {v}", "{l}={v}", "{l} is {v}.", "My {l} is {v}, please update it.", "{\"{l}\":\"{v}\",\"{w}\":{n}}", "{ \"{l}\": \"{v}\" }", "<{l}>{v}</{l}>", "{l}\t{v}",
    "{name} — {l}: {v} — {city}", "Please confirm the {l} {v} of {name}.", "{w}; {l}: {v}; {w2}", "{d} WARN {w} {l}={v} status={n}", "Hi {name}, we have {l} {v} on file.", "{l} ({w}): {v}",
    "'{l}': '{v}',", "{l}:\n{v}\n", "{l}: {v} / {w}", "Bonjour, voici mon {l} : {v}. Merci!", "**{l}** `{v}`", "{l} No. {v}", "The {l} on the form reads {v}", "{l}, {w}: {v}",
]
NUMBER = ["{\"{l}\":{v},\"{w}\":{n}}", "{\"{w}\":{n},\"{l}\": {v} }", "{l}: {v}\n", "[{v},{n}]"]


def fill(template, value, label):
    f = fake()
    words = {"w": f.word(), "w2": f.word(), "n": str(rnd.randint(0, 9999)), "d": f.date(), "name": fake(rnd.choice(LOCALES[:10])).name(), "city": f.city(), "l": label}
    before, after = (re.sub(r"\{(w|w2|n|d|name|city|l)\}", lambda m: words[m.group(1)], part) for part in template.split("{v}", 1))
    return before, value, after


def piece():
    if rnd.random() < 0.42:
        label, value = negative()
        template = rnd.choice(NAMED if label in NAMED_NEGATIVES or rnd.random() < 0.6 else NEUTRAL)
        return *fill(template, value, label), None
    kind = rnd.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if kind == "national_id":
        kind, value, label = national_id()
        return *fill(rnd.choice(NAMED), value, label), kind
    value, named = MAKERS[kind]()
    label = rnd.choice(LABELS[kind])
    if kind == "card" and value.isdigit() and rnd.random() < 0.3:
        return *fill(rnd.choice(NUMBER[:3] if named else NUMBER), value, label), kind
    if kind == "ip" and rnd.random() < 0.15:
        template = rnd.choice(["{v}:8080", "http://{v}/x", "{v}/24"]) if "." in value else rnd.choice(["[{v}]:443", "{v}/64"])
        return *fill(template, value, label), kind
    template = rnd.choice(NAMED if named or rnd.random() < 0.5 else NEUTRAL)
    return *fill(template, value, label), kind


def text():
    out, spans = "", []
    for i in range(rnd.choice([1, 1, 1, 2, 2, 3])):
        before, value, after, kind = piece()
        if i:
            out += rnd.choice(["\n", "\n", " \n", "\n\n", " | "])
        out += before
        if kind:
            start = len(out.encode())
            spans.append([start, start + len(value.encode()), kind])
        out += value + after
    return {"text": out, "spans": spans}


def spelt(line):
    """Escapes a letter in the prefixes of keys, so that scanners of repositories do not take them for leaks."""
    for prefix in ("AK" + "IA", "gh" + "p_", "xo" + "xb", "sk" + "_live", "AI" + "za", "gl" + "pat", "np" + "m_", "SG" + "."):
        line = line.replace(prefix, prefix[0] + "\\u%04x" % ord(prefix[1]) + prefix[2:])
    return line


@freeze_time("2026-11-26")  # Faker's dates end today
def main():
    lines = [spelt(json.dumps(text(), ensure_ascii=False, separators=(",", ":"))) for _ in range(TEXTS)]
    path = pathlib.Path(__file__).with_name("texts.jsonl")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(path, len(lines), "texts,", path.stat().st_size, "bytes, sha256", hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
