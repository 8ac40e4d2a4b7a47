package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

func newLink(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "link",
		Short: "List, show, diagnose and export what was seen of account linking",
		Long: `What the service saw while it stood between Amazon and an OAuth server (account_linking in the configuration). A trace
is one attempt to link an account: what the browser and Amazon's servers asked, what was answered, and what became of it
later. The commands work beside the running service, and without it, and change nothing.`,
		Example: `  skill link list
  skill link diagnose
  skill link show 5kq3
  skill link export > linking.har`,
		Args: arguments(0, ""),
		RunE: whichCommand,
	}
	cmd.AddCommand(newLinkList(w), newLinkShow(w), newLinkDiagnose(w), newLinkExport(w))
	return cmd
}

// linkTraces reads the traces, the newest first.
func linkTraces(w world, file string) ([]trace.Trace, error) {
	c, err := assembly.LoadConfig(file, w.getenv)
	if err != nil {
		return nil, err
	}
	traces, err := trace.ReadTraces(assembly.LinkDir(c))
	if err == nil && len(traces) == 0 {
		err = fmt.Errorf("no account linking was seen yet: %s", nothingSeen(c))
	}
	return traces, err
}

// nothingSeen says what to do so that something is.
func nothingSeen(c *config.Config) string {
	if !c.AccountLinking.Enabled() {
		return "set account_linking in the configuration, and restart or reload the service"
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		return "set public_url, and enter the two addresses that \"skill check\" prints in Amazon's console"
	}
	return "enter " + authorize + " and " + token + " in Amazon's console, and link an account"
}

// linkTrace reads the trace that args name by the beginning of its id, or the newest.
func linkTrace(w world, file string, args []string) (trace.Trace, error) {
	traces, err := linkTraces(w, file)
	if err != nil {
		return trace.Trace{}, err
	}
	return findTrace(traces, strings.Join(args, ""))
}

// findTrace is Find, with what to do where there is none.
func findTrace(traces []trace.Trace, id string) (trace.Trace, error) {
	t, err := trace.FindTrace(traces, id)
	if err != nil {
		return t, fmt.Errorf("%q: %w; \"skill link list\" has them", id, err)
	}
	return t, nil
}

func newLinkList(w world) *cobra.Command {
	var file string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the attempts to link an account, newest first",
		Long: `List the attempts to link an account, newest first. A line is a trace: when it began, its id, the client id, how far it
came, and the rules that it breaks, with a tab between each two.`,
		Example: `  skill link list
  skill link list --limit 0 | grep invalid-grant`,
		Args: arguments(0, ""),
		RunE: func(_ *cobra.Command, _ []string) error {
			if err := checkLimit(limit); err != nil {
				return err
			}
			traces, err := linkTraces(w, file)
			if err != nil {
				return err
			}
			for i, t := range traces {
				if i == limit && limit > 0 {
					break
				}
				if err := listTrace(w, t); err != nil {
					return err
				}
			}
			return nil
		},
	}
	configFlag(cmd, &file)
	limitFlag(cmd, &limit, "traces")
	return cmd
}

// listTrace prints a line. What others said has no ends of lines, tabs, or what a terminal would obey.
func listTrace(w world, t trace.Trace) error {
	var rules []string
	for _, f := range lint.Diagnose(t, time.Now()) {
		rules = append(rules, f.Rule)
	}
	client, outcome := strings.Map(visible, cmp.Or(t.ClientID(), "-")), strings.Map(visible, t.Outcome())
	_, err := fmt.Fprintf(w.stdout, "%s\t%s\t%s\t%s\t%s\n",
		t.Began().Local().Format(time.DateTime), t.ID, client, outcome, cmp.Or(strings.Join(rules, ","), "-"))
	return err
}

func newLinkShow(w world) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show [TRACE]",
		Short: "Show a trace: each request and its answer",
		Long: `Show a trace, or the newest: each request and its answer, with headers and bodies as they are kept. "h~" and twelve
letters and digits stand for a secret: where they are the same, it was the same. Of an id its beginning is enough.`,
		Example: `  skill link show
  skill link show 5kq3 | less`,
		Args: arguments(1, ""),
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
		if x.JoinedBy != "" {
			say(", known by its %s", x.JoinedBy)
		}
		say("\n%s %s\n", x.Method, x.URL)
		showMessage(out, x.Request)
		switch {
		case x.Error != "":
			say("\nno answer after %.0f ms: %s\n", x.DurationMS, x.Error)
		case x.Handling != "":
			say("\n%d: the browser was sent on, and is seen no more\n", x.Status)
			showMessage(out, x.Response)
		default:
			say("\n%d after %.0f ms\n", x.Status, x.DurationMS)
			showMessage(out, x.Response)
		}
	}
	showFindings(out, t)
}

// headOf says which trace it is, and how far the attempt came.
func headOf(t trace.Trace) string {
	head := fmt.Sprintf("trace %s: %s\n", t.ID, t.Outcome())
	if guess := t.RelatedHint(); guess != "" {
		head += guess + "\n"
	}
	return head
}

func showMessage(out io.Writer, m trace.Message) {
	for _, f := range m.Header {
		_, _ = fmt.Fprintf(out, "  %s: %s\n", f.Name, f.Value)
	}
	if body := m.DisplayText(); body != "" {
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
		Args: arguments(1, ""),
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
