package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/plugins/redact/transform"
)

type revealFlags struct {
	keys, namespaces []string
	format           string
	ff1              string
	form             transform.FF1Config
	tweak            string
}

func redactRevealCommand() *cobra.Command {
	var flags revealFlags
	cmd := &cobra.Command{
		Use:   "reveal --key ID=SOURCE < FILE",
		Short: "Get back the values of tokens and ciphertexts, with their keys",
		Long: `reveal reads text, JSON or NDJSON from standard input and prints it with the
tokens ("tok:ID:...") and ciphertexts ("enc:ID:...") in it replaced by the values
that they were made of. In JSON they are looked for in strings, and in strings that
hold JSON. All else stays as it is, byte by byte, but for the spelling of strings in
which something was revealed.

A key is given by its id and where its secret is: env:NAME is an environment
variable, file:PATH a file. The secret is written as in the configuration of the
plugin: "base64:" or "hex:" in front of what is so coded, or as it is. A namespace is
that of the rule by which a value was made; several are tried one after the other.

With --ff1 each line is a value that FF1 made of another, and the alphabet, the tweak
and the form have to be those of the rule. Such values cannot be told from others:
those made otherwise become meaningless ones.

Pseudonyms and hashes cannot be revealed. The last line on standard error says how
many values were, and how many were not and why; the exit code is 1 if any was not.`,
		Example: `  harness redact reveal --key k1=env:GATEHOUSE_KEY_K1 --namespace mail < orders.json
  echo 4111-7382-0091-1111 | harness redact reveal --key k1=file:k1.key --ff1 digits --separators --keep-last 4`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.keys, "key", nil, "`ID=SOURCE` of a key, the source env:NAME or file:PATH; may be given several times. Required")
	f.StringArrayVar(&flags.namespaces, "namespace", nil, "`NAMESPACE` that values were made in, none by default; may be given several times")
	f.StringVar(&flags.format, "format", "auto", "input `FORMAT`: text, json (NDJSON too) or auto, which is json for what begins with { or [")
	f.StringVar(&flags.ff1, "ff1", "", "reveal lines made by FF1 in an `ALPHABET`: digits, lower_hex, upper_hex, lower, upper, lower_digits, upper_digits, alphanumeric")
	f.StringVar(&flags.tweak, "tweak", "", "`TWEAK` of FF1")
	f.BoolVar(&flags.form.Separators, "separators", false, "FF1 kept separators")
	f.IntVar(&flags.form.KeepLast, "keep-last", 0, "how `MANY` characters FF1 kept at the end")
	f.BoolVar(&flags.form.Luhn, "luhn", false, "FF1 made valid check digits")
	return cmd
}

func (f *revealFlags) run(cmd *cobra.Command) error {
	if f.format != "auto" && f.format != "text" && f.format != "json" {
		return usagef("--format %q, want auto, text or json", f.format)
	}
	if len(f.keys) == 0 {
		return usagef("no key, want --key ID=env:NAME or --key ID=file:PATH")
	}
	var keys []transform.Key
	for i, flag := range f.keys {
		key, err := keyOf(flag, i)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	reveal := revealer{faults: map[string]int{}}
	var err error
	if f.ff1 != "" {
		err = f.useFF1(&reveal, keys)
	} else {
		err = f.useSealed(&reveal, keys)
	}
	if err != nil {
		return err
	}
	input, err := io.ReadAll(cmd.InOrStdin())
	if err != nil {
		return fileError("standard input", err)
	}
	var output []byte
	switch first := bytes.TrimLeft(input, "\ufeff \t\r\n"); {
	case f.ff1 != "":
		output = reveal.lines(input)
	case f.format == "json" || f.format == "auto" && len(first) > 0 && (first[0] == '{' || first[0] == '['):
		output = reveal.json(input)
	default:
		output = reveal.text(input)
	}
	if _, err := cmd.OutOrStdout().Write(output); err != nil {
		return fileError("standard output", err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s\n", reveal.summary())
	if len(reveal.faults) > 0 {
		return errMismatch
	}
	return nil
}

// keyOf reads a key from where a flag says. Errors name the key by its id, and the
// flag by its number where it could be that the secret itself was given.
func keyOf(flag string, i int) (transform.Key, error) {
	id, source, _ := strings.Cut(flag, "=")
	kind, name, _ := strings.Cut(source, ":")
	var text string
	switch {
	case kind == "env" && name != "":
		var ok bool
		if text, ok = os.LookupEnv(name); !ok {
			return transform.Key{}, usagef("--key %s: environment variable %s is not set", id, name)
		}
	case kind == "file" && name != "":
		data, err := readFile(name)
		if err != nil {
			return transform.Key{}, err
		}
		text = string(data)
	default:
		return transform.Key{}, usagef("--key, number %d: want ID=env:NAME or ID=file:PATH", i+1)
	}
	key, err := transform.ParseKey(id, text)
	if err != nil {
		return transform.Key{}, usagef("--key %s: %w", id, err)
	}
	return key, nil
}

func (f *revealFlags) useSealed(r *revealer, keys []transform.Key) error {
	if f.tweak != "" || f.form.Separators || f.form.Luhn || f.form.KeepLast != 0 {
		return usagef("--tweak, --separators, --keep-last and --luhn are for --ff1 only")
	}
	ring, err := transform.NewKeyring(keys[0], keys[1:]...)
	if err != nil {
		return usagef("--key: %w", err)
	}
	namespaces := f.namespaces
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	noRandomness := func([]byte) error { return errors.New("nothing is encrypted here") }
	for _, namespace := range namespaces {
		token, err := transform.NewToken(ring, namespace)
		if err != nil {
			return usagef("--key: %w", err)
		}
		encrypt, err := transform.NewEncrypt(ring, namespace, noRandomness)
		if err != nil {
			return usagef("--key: %w", err)
		}
		r.tokens = append(r.tokens, token)
		r.envelopes = append(r.envelopes, encrypt)
	}
	return nil
}

func (f *revealFlags) useFF1(r *revealer, keys []transform.Key) error {
	alphabets := map[string]transform.Alphabet{
		"digits": transform.Digits, "lower_hex": transform.LowerHex, "upper_hex": transform.UpperHex,
		"lower": transform.Lower, "upper": transform.Upper, "lower_digits": transform.LowerDigits,
		"upper_digits": transform.UpperDigits, "alphanumeric": transform.Alphanumeric,
	}
	alphabet, ok := alphabets[f.ff1]
	switch {
	case !ok:
		return usagef("--ff1 %q, want digits, lower_hex, upper_hex, lower, upper, lower_digits, upper_digits or alphanumeric", f.ff1)
	case len(keys) > 1:
		return usagef("--key: %d keys, want the one that FF1 was used with", len(keys))
	case len(f.namespaces) > 0:
		return usagef("--namespace: not for --ff1, which has --tweak")
	}
	form := f.form
	form.Alphabet, form.Tweak = alphabet, []byte(f.tweak)
	var err error
	if r.ff1, err = transform.NewFF1(keys[0], form); err != nil {
		return usagef("--ff1: %w", err)
	}
	return nil
}
