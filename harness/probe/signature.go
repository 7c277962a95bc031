package probe

import (
	"encoding/base64"

	"google.golang.org/protobuf/encoding/protowire"
)

// signedText and its RSASSA-PKCS1-v1_5 signature with SHA-256 under a key of
// 2048 bits, whose private half was thrown away.
const (
	signedText = "signed text"
	publicKey  = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA+BIdGrCf5ff6I8Bl9LhtXSM8MqJ88Elrm3Uajq5ksicQowbLV6a3qqzl" +
		"+6DI8olpzE5nyUpAmAcOHqAlUJxUtiMCjGHS1XFCiXfpaQ9CWyAj7f1lbY6haQaOYS6Ba2UjuJ2BvPk+VWBKwF/UBu4NYu+RgvZ2" +
		"ocnGDwVwp3o/8Yeam/7BULsz1oG+zukdD1jxOWMwwYptPRt4iXHg4+Gasf6fO/5XheRUl8VmHkhCIHGjx1GClTV7v2p9t56/f5pB" +
		"32Aw0XLYhVOwg3eJskbAq2r5LcXVbb5z2DD5mDzmYwKhDJoksetJIyQ6IwQFwMKy1PzuoGZGHQZ1PslncFwMmQIDAQAB"
	signature = "DpFd6E1IxE4CVbp74o6Qph0u0y+yldTPhiwsgJlz6VbDCNZF6/zcKtswu61yK05GiajgDZIrPLbhR0+xpLhNaK7oI0eqbKNCoU/z" +
		"SjKsopN+AJ0OE8m21tlUIGM4Usa+BvMJGx15iuPI00rzy10QsFeL/swCZDQcxVrJYXp4ObTex+M3Z2b4BYyF8rct2239R3yfn7D7" +
		"2c2wi2u5ZzFR37fV+0e/ri+9gR7xh4m48jT4+i2MhFrUGxDeNti5kDzwINi3U1GYTeH7gUpuExqPfn63fXTEvcrE1tEQ6rdqdp7U" +
		"0cm06/5zrEBfptMqTeZ/+K4jpF9VW007CilQNS3Kxg=="
)

// verifySignatureCalls verify the good signature and variations of it.
func verifySignatureCalls() []string {
	text := []byte(signedText)
	public, err := base64.StdEncoding.DecodeString(publicKey)
	if err != nil {
		panic(err)
	}
	good, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		panic(err)
	}
	call := func(hash string, public, signature, text []byte) string {
		var m []byte
		m = protowire.AppendTag(m, 1, protowire.BytesType)
		m = protowire.AppendString(m, hash)
		for i, field := range [][]byte{public, signature, text} {
			m = protowire.AppendTag(m, protowire.Number(i+2), protowire.BytesType)
			m = protowire.AppendBytes(m, field)
		}
		return `call_foreign_function "verify_signature" ` + quote(string(m))
	}
	return []string{
		call("sha256", public, good, text),
		call("SHA256", public, good, text),
		call("sha512", public, good, text),
		call("sha1", public, good, text),
		call("sha", public, good, text),
		call("", public, good, text),
		call("sha256", public, good, []byte("other text")),
		call("sha256", public, good[1:], text),
		call("sha256", public, nil, text),
		call("sha256", public[1:], good, text),
		call("sha256", nil, good, text),
		call("sha256", append(public, 0), good, text),
		call("sha256", public, good, nil),
	}
}
