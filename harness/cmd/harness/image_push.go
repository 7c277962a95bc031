package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imagePushFlags struct {
	layout, to string
	tags       []string
	dryRun     bool
	insecure   bool
}

func imagePushCommand() *cobra.Command {
	var flags imagePushFlags
	cmd := &cobra.Command{
		Use:   "push --layout PATH --to REPOSITORY",
		Short: "Push the images of a layout and set their tags",
		Long: `push sends the images that pack made to a repository. Contents go first and are
read back, then tags are set; if one cannot be set, those set before it are put back,
so that nobody pulls half of a version. What the registry has is not sent again, and
what may work later is tried three times.

Without --tag the tags are those of the layout. With it they are those given, and
those with -cncf for the CNCF form.`,
		Example: `  harness image push --layout dist/scope.tar --to registry.example/gatehouse/scope --tag v1.2.0 --tag v1.2 --tag latest`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.layout, "layout", "", "`PATH` of the layout, a folder or a tar archive. Required")
	f.StringVar(&flags.to, "to", "", "`REPOSITORY`, such as registry.example/gatehouse/scope. Required")
	f.StringArrayVar(&flags.tags, "tag", nil, "`TAG` to set; may be given several times")
	f.BoolVar(&flags.dryRun, "dry-run", false, "say what would be pushed, and ask no registry")
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

func (f *imagePushFlags) run(cmd *cobra.Command) error {
	layout, err := readLayout(f.layout)
	if err != nil {
		return err
	}
	if f.to == "" {
		return usagef("no repository, want --to REPOSITORY")
	}
	options := image.Options{Insecure: f.insecure}
	if f.dryRun {
		plan, err := image.Plan(layout, f.to, f.tags, options)
		if err != nil {
			return imageError("", err)
		}
		return writeTags(cmd.OutOrStdout(), plan, func(image.Pushed) string { return " (not pushed)" })
	}
	bar := newProgressBar(cmd.ErrOrStderr())
	options.Progress = bar.show
	pushed, err := image.Push(cmd.Context(), layout, f.to, f.tags, options)
	bar.clear()
	if err != nil {
		return imageError("", err)
	}
	return writeTags(cmd.OutOrStdout(), pushed, func(p image.Pushed) string {
		switch p.Before.Hex {
		case "":
			return ""
		case p.Digest.Hex:
			return " (as before)"
		}
		return fmt.Sprintf(" (was %s)", p.Before)
	})
}

func writeTags(w io.Writer, tags []image.Pushed, remark func(image.Pushed) string) error {
	for _, p := range tags {
		if _, err := fmt.Fprintf(w, "%s %s%s\n", p.Reference, p.Digest, remark(p)); err != nil {
			return fileError("standard output", err)
		}
	}
	return nil
}

// progressBar is one line on a terminal that says how far an upload is. Anywhere
// else it is silent.
type progressBar struct {
	out   io.Writer
	drawn time.Time
}

func newProgressBar(out io.Writer) *progressBar {
	file, ok := out.(*os.File)
	if !ok {
		return &progressBar{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progressBar{}
	}
	return &progressBar{out: out}
}

// show draws the line, at most ten times a second.
func (b *progressBar) show(complete, total int64) {
	if b.out == nil || total <= 0 || time.Since(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn = time.Now()
	const width = 30
	done := int(min(max(complete, 0), total) * width / total)
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = ' '
		if i < done {
			bar[i] = '='
		}
	}
	fmt.Fprintf(b.out, "\r[%s] %.1f of %.1f MB", bar, float64(complete)/1e6, float64(total)/1e6)
}

// clear takes the line away.
func (b *progressBar) clear() {
	if b.out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}
