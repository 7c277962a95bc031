package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gatehouse/harness/image"
)

// passwordVariable has the password of a key, as it has for cosign.
const passwordVariable = "COSIGN_PASSWORD"

// passwordHelp says where passwords come from.
const passwordHelp = `The password of the private key comes from --password-file, else from COSIGN_PASSWORD
in the environment, else it is asked for on the terminal. It is never an argument.`

// passwordFlag is the flag of all commands that use a private key.
func passwordFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "password-file", "", "`FILE` whose first line is the password of the key")
}

// password gets the password of a private key; asked for on a terminal it is wanted
// as often as there are prompts, and the same each time.
func password(cmd *cobra.Command, file string, prompts ...string) ([]byte, error) {
	if file != "" {
		data, err := readFile(file)
		if err != nil {
			return nil, err
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		return bytes.TrimSuffix(line, []byte("\r")), nil
	}
	if secret, ok := os.LookupEnv(passwordVariable); ok {
		return []byte(secret), nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usagef("no password of the key, want --password-file FILE, or %s in the environment", passwordVariable)
	}
	var secret []byte
	for i, prompt := range prompts {
		fmt.Fprint(cmd.ErrOrStderr(), prompt)
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		if err != nil {
			return nil, fileError("standard input", err)
		}
		if i > 0 && !bytes.Equal(typed, secret) {
			return nil, usagef("the two passwords are not the same")
		}
		secret = typed
	}
	return secret, nil
}

// privateKey reads the private key that a flag names.
func privateKey(cmd *cobra.Command, file, passwordFile string) (*image.PrivateKey, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	key, err := image.ParsePrivateKey(data, func() ([]byte, error) {
		return password(cmd, passwordFile, "password of "+shown(file)+": ")
	})
	return key, imageError(file, err)
}

// publicKey reads the public key that a flag names.
func publicKey(file string) (*image.PublicKey, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	key, err := image.ParsePublicKey(data)
	return key, imageError(file, err)
}

// annotations reads the values NAME=VALUE of a flag.
func annotations(values []string) (map[string]string, error) {
	all := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usagef("--annotation %q, want NAME=VALUE", v)
		}
		if _, twice := all[name]; twice {
			return nil, usagef("--annotation %q twice", name)
		}
		all[name] = value
	}
	return all, nil
}

// someReferences takes the references of images as arguments.
func someReferences(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s: no images, want at least one REFERENCE", cmd.Name())
	}
	return nil
}

type imageKeygenFlags struct{ out, passwordFile string }

func imageKeygenCommand() *cobra.Command {
	var flags imageKeygenFlags
	cmd := &cobra.Command{
		Use:   "keygen --out NAME",
		Short: "Make a pair of keys to sign images with",
		Long: `keygen writes NAME.key, a private key that is encrypted with a password, and
NAME.pub, the public key that verifies what it signs. Both are PEM, and cosign takes
them; so does this command take those of "cosign generate-key-pair". Files that are
there already stay.

` + passwordHelp,
		Example: `  harness image keygen --out gatehouse`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	cmd.Flags().StringVar(&flags.out, "out", "", "`NAME` of the files, without .key and .pub. Required")
	passwordFlag(cmd, &flags.passwordFile)
	return cmd
}

func (f *imageKeygenFlags) run(cmd *cobra.Command) error {
	if f.out == "" {
		return usagef("nowhere to write, want --out NAME")
	}
	secret, err := password(cmd, f.passwordFile, "password of the new key: ", "the same again: ")
	if err != nil {
		return err
	}
	key, err := image.GenerateKey()
	if err != nil {
		return err
	}
	public, err := key.Public()
	if err != nil {
		return err
	}
	private, err := key.Encrypt(secret)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(f.out + ".pub"); err == nil {
		return fileError(f.out+".pub", os.ErrExist)
	}
	if err := writeNew(f.out+".key", private, 0o600); err != nil {
		return err
	}
	if err := writeNew(f.out+".pub", public.Marshal(), 0o644); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", f.out+".key", f.out+".pub"); err != nil {
		return fileError("standard output", err)
	}
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(name string, data []byte, mode os.FileMode) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fileError(name, err)
	}
	_, err = io.Copy(file, bytes.NewReader(data))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fileError(name, err)
	}
	return nil
}
