package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

func newLinkShow(w world) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show [TRACE]",
		Short: "Show a trace: each request and its answer",
		Long: `Show a trace, or the newest: each request and its answer, with headers and bodies as they are kept. "h~" and twelve
letters and digits stand for a secret: where they are the same, it was the same. Of an id its beginning is enough.`,
		Example: `  skill link show
  skill link show 5kq3 | less`,
		Args: oneTrace,
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := linkTrace(w, file, args)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(w.stdout)
			showTrace(harmless{out}, t)
			return out.Flush()
		},
	}
	configFlag(cmd, &file)
	return cmd
}

// visible gives another character for one that a terminal would obey, or by which text seems to run the other way.
func visible(c rune) rune {
	if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
		return unicode.ReplacementChar
	}
	return c
}

// harmless passes text on without the characters that a terminal would obey: what was kept is others' words. Each Write
// has whole characters.
type harmless struct{ to io.Writer }

func (h harmless) Write(p []byte) (int, error) {
	plain := bytes.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return c
		}
		return visible(c)
	}, p)
	if _, err := h.to.Write(plain); err != nil {
		return 0, err
	}
	return len(p), nil
}

// showTrace prints what was kept. What it could not write the writer remembers.
func showTrace(out io.Writer, t trace.Trace) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	say("%s", headOf(t))
	for i, x := range t.Exchanges {
		say("\n== %d. %s, %s", i+1, x.Leg, x.Began.Local().Format("2006-01-02 15:04:05.000"))
		if x.Joined != "" {
			say(", known by its %s", x.Joined)
		}
		say("\n%s %s\n", x.Method, x.URL)
		showMessage(out, x.Request)
		switch {
		case x.Error != "":
			say("\nno answer after %.0f ms: %s\n", x.MS, x.Error)
		case x.Carried != "":
			say("\n%d: the browser was sent on, and is seen no more\n", x.Status)
			showMessage(out, x.Answer)
		default:
			say("\n%d after %.0f ms\n", x.Status, x.MS)
			showMessage(out, x.Answer)
		}
	}
	showFindings(out, t)
}

// headOf says which trace it is, and how far the attempt came.
func headOf(t trace.Trace) string {
	head := fmt.Sprintf("trace %s: %s\n", t.ID, t.Outcome())
	if guess := t.Guess(); guess != "" {
		head += guess + "\n"
	}
	return head
}

func showMessage(out io.Writer, m trace.Message) {
	for _, f := range m.Header {
		_, _ = fmt.Fprintf(out, "  %s: %s\n", f.Name, f.Value)
	}
	if body := m.Text(); body != "" {
		_, _ = fmt.Fprintf(out, "\n%s\n", body)
	}
}

func showFindings(out io.Writer, t trace.Trace) (found int) {
	for _, f := range lint.Diagnose(t, time.Now()) {
		found++
		row := ""
		if f.Row > 0 {
			row = fmt.Sprintf("row %d, ", f.Row)
		}
		_, _ = fmt.Fprintf(out, "\n%s: %s (%s%s)\n  seen:   %s\n  fault:  %s\n  remedy: %s\n",
			f.Rule, f.Title, row, f.Source, f.Seen, f.Fault, f.Remedy)
	}
	return found
}

func newLinkDiagnose(w world) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diagnose [TRACE]",
		Short: "Say what is wrong with a trace, whose fault it is, and the remedy",
		Long: `Say what is wrong with a trace, or with the newest: the rule, what was seen, whose fault it is, and the remedy. Ends with
1 where anything is. docs/account-linking.md explains each rule.`,
		Example: `  skill link diagnose
  skill link diagnose 5kq3 --json | jq -r .[].remedy`,
		Args: oneTrace,
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := linkTrace(w, file, args)
			if err != nil {
				return err
			}
			return diagnose(harmless{w.stdout}, t, asJSON)
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false,
		"print a JSON array of objects with rule, row, source, title, seen, fault, remedy and exchange")
	return cmd
}

func diagnose(out io.Writer, t trace.Trace, asJSON bool) error {
	if asJSON {
		findings := append([]lint.Finding{}, lint.Diagnose(t, time.Now())...)
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(findings); err != nil || len(findings) == 0 {
			return err
		}
		return errReported
	}
	if _, err := io.WriteString(out, headOf(t)); err != nil {
		return err
	}
	if showFindings(out, t) > 0 {
		return errReported
	}
	_, err := fmt.Fprintln(out, "nothing is wrong with what was seen")
	return err
}

func newLinkExport(w world) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "export [TRACE...]",
		Short: "Write traces as an HTTP Archive (HAR)",
		Long: `Write traces, or all of them, as an HTTP Archive (HAR 1.2), which browsers' developer tools open. Secrets stay as they are
kept: masked, but for what was recorded with record: full.`,
		Example: `  skill link export > linking.har
  skill link export 5kq3 > one.har`,
		RunE: func(_ *cobra.Command, args []string) error {
			traces, err := linkTraces(w, file)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				var chosen []trace.Trace
				for _, id := range args {
					t, err := findTrace(traces, id)
					if err != nil {
						return err
					}
					chosen = append(chosen, t)
				}
				traces = chosen
			}
			return trace.WriteHAR(w.stdout, assembly.Version(), traces...)
		},
	}
	configFlag(cmd, &file)
	return cmd
}
