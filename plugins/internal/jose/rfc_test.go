package jose

import (
	"strings"
	"testing"
)

// frodo is the payload of RFC 7520, Section 4, Figure 7.
const frodo = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"

// TestRFCExamples verifies the examples that the RFCs print, and that each is
// refused with one character of it changed, for every seventh character (with
// -short, every 23rd).
func TestRFCExamples(t *testing.T) {
	const rsaKey = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
	const claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	tests := []struct {
		name    string
		key     string
		token   string
		payload string
	}{
		{"RFC 7515, Appendix A.2: RS256", rsaKey,
			"eyJhbGciOiJSUzI1NiJ9." + claims + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
		{"RFC 7515, Appendix A.3: ES256",
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
			"eyJhbGciOiJFUzI1NiJ9." + claims + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
		{"RFC 7515, Appendix A.4: ES512",
			`{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}`,
			"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
			"Payload"},
		{"RFC 8037, Appendix A.4: EdDSA",
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
			"Example of Ed25519 signing"},
	}
	// RFC 7520, Sections 4.1 to 4.3 are Figures 13, 20 and 27 of Wycheproof, two
	// of them with a key whose "alg" is wrong there.
	correct := map[string]string{"345": "RS256", "346": "PS384", "347": "ES512"}
	for _, v := range wycheproofVectors(t, "json_web_signature_test.json") {
		fields := strings.Fields(v.id)
		algorithm, ok := correct[fields[1]]
		if !ok {
			continue
		}
		key := strings.TrimSuffix(strings.TrimPrefix(string(v.keys), `{"keys":[`), "]}")
		key = strings.NewReplacer(`"PS256"`, `"`+algorithm+`"`, `"ES521"`, `"`+algorithm+`"`).Replace(key)
		tests = append(tests, struct{ name, key, token, payload string }{
			"RFC 7520, " + fields[2] + ": " + algorithm, key, v.token,
			"It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there’s no knowing where you might be swept off to."})
	}
	if len(tests) != 7 {
		t.Fatalf("%d examples, want 7", len(tests))
	}
	// Wasm takes long for what a host would do.
	all, every := ways(), 7
	if testing.Short() {
		all, every = all[:1], 23
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			keys := `{"keys":[` + test.key + `]}`
			for _, way := range all {
				if err := accepts(keys, test.token, way.verify); err != nil {
					t.Fatalf("%s: %v", way.name, err)
				}
			}
			if parsed, _ := ParseCompact(test.token); parsed.Payload != test.payload {
				t.Errorf("payload = %q, want %q", parsed.Payload, test.payload)
			}
			for i := 0; i < len(test.token); i += every {
				other := byte('A')
				if test.token[i] == other {
					other = 'B'
				}
				changed := test.token[:i] + string(other) + test.token[i+1:]
				for _, way := range all {
					if accepts(keys, changed, way.verify) == nil {
						t.Fatalf("%s: accepted with character %d changed", way.name, i)
					}
				}
			}
		})
	}
}

// TestRFCExamplesThatAreRefused has the other examples of RFC 7515, Appendix A
// and E, and RFC 7520, Section 4: symmetric algorithms, no algorithm, JSON
// serializations and detached content.
func TestRFCExamplesThatAreRefused(t *testing.T) {
	const (
		claims      = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
		a2          = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
		a3          = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
		hs256       = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9"
		header13    = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9"
		signature13 = "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg"
	)
	tests := []struct {
		name  string
		token string
		want  error
	}{
		{"RFC 7515, Appendix A.1: HS256", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + claims + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", ErrAlgorithm},
		{"RFC 7515, Appendix A.5: no algorithm", "eyJhbGciOiJub25lIn0." + claims + ".", ErrCompact},
		{"RFC 7515, Appendix A.6: general JSON serialization", `{"payload":"` + claims + `","signatures":[` +
			`{"protected":"eyJhbGciOiJSUzI1NiJ9","header":{"kid":"2010-12-29"},"signature":"` + a2 + `"},` +
			`{"protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"` + a3 + `"}]}`, ErrCompact},
		{"RFC 7515, Appendix A.7: flattened JSON serialization", `{"payload":"` + claims + `","protected":"eyJhbGciOiJFUzI1NiJ9",` +
			`"header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"` + a3 + `"}`, ErrCompact},
		{"RFC 7515, Appendix E: critical parameter that nobody knows",
			"eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.", ErrCompact},
		{"RFC 7515, Appendix E, as if it were signed",
			"eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.AAAA", ErrCritical},
		{"RFC 7520, Section 4.1, Figure 14: general JSON serialization", `{"payload":"` + frodo + `","signatures":[{"protected":"` + header13 + `","signature":"` + signature13 + `"}]}`, ErrCompact},
		{"RFC 7520, Section 4.1, Figure 15: flattened JSON serialization", `{"payload":"` + frodo + `","protected":"` + header13 + `","signature":"` + signature13 + `"}`, ErrCompact},
		{"RFC 7520, Section 4.4: HS256", hs256 + "." + frodo + ".s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0", ErrAlgorithm},
		{"RFC 7520, Section 4.5: detached content", hs256 + "..s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0", ErrAlgorithm},
		{"RFC 7520, Section 4.6: parameters outside of the signature", `{"payload":"` + frodo + `","protected":"eyJhbGciOiJIUzI1NiJ9",` +
			`"header":{"kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"},"signature":"bWUSVaxorn7bEF1djytBd0kHv70Ly5pvbomzMWSOr20"}`, ErrCompact},
		{"RFC 7520, Section 4.7: only the content is signed", `{"payload":"` + frodo + `","header":{"alg":"HS256","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"},` +
			`"signature":"xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk"}`, ErrCompact},
		{"RFC 7520, Section 4.8: several signatures", `{"payload":"` + frodo + `","signatures":[` +
			`{"protected":"eyJhbGciOiJSUzI1NiJ9","header":{"kid":"bilbo.baggins@hobbiton.example"},"signature":"MIsjqtVlOpa71KE-Mss8_Nq2YH4FGhiocsqrgi5NvyG53uoimic1tcMdSg-qptrzZc7CG6Svw2Y13TDIqHzTUrL_lR2ZFcryNFiHkSw129EghGpwkpxaTn_THJTCglNbADko1MZBCdwzJxwqZc-1RlpO2HibUYyXSwO97BSe0_evZKdjvvKSgsIqjytKSeAMbhMBdMma622_BG5t4sdbuCHtFjp9iJmkio47AIwqkZV1aIZsv33uPUqBBCXbYoQJwt7mxPftHmNlGoOSMxR_3thmXTCm4US-xiNOyhbm8afKK64jU6_TPtQHiJeQJxz9G3Tx-083B745_AfYOnlC9w"},` +
			`{"header":{"alg":"ES512","kid":"bilbo.baggins@hobbiton.example"},"signature":"ARcVLnaJJaUWG8fG-8t5BREVAuTY8n8YHjwDO1muhcdCoFZFFjfISu0Cdkn9Ybdlmi54ho0x924DUz8sK7ZXkhc7AFM8ObLfTvNCrqcI3Jkl2U5IX3utNhODH6v7xgy1Qahsn0fyb4zSAkje8bAWz4vIfj5pCMYxxm4fgV3q7ZYhm5eD"},` +
			`{"protected":"` + hs256 + `","signature":"s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"}]}`, ErrCompact},
	}
	if len(tests) != 13 {
		t.Fatalf("%d examples, want 13", len(tests))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ParseCompact(test.token); err != test.want {
				t.Errorf("ParseCompact = %v, want %v", err, test.want)
			}
		})
	}
}
