package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

func newLink(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "link",
		Short: "List, show, diagnose and export account-linking traces",
		Long: `Work with account-linking traces. The service records them while it forwards requests to an OAuth server
(account_linking in the configuration). A trace is one attempt to link an account: the requests of the browser and of
Amazon's servers, their responses, and later token refreshes. The commands work with and without a running service, and
change nothing.`,
		Example: `  skill link list
  skill link diagnose
  skill link show 5kq3
  skill link export > linking.har`,
		Args: positionalArgs(0, ""),
		RunE: requireSubcommand,
	}
	cmd.AddCommand(newLinkList(env), newLinkShow(env), newLinkDiagnose(env), newLinkExport(env))
	return cmd
}

// loadTraces reads the traces, newest first.
func loadTraces(env environment, file string) ([]trace.Trace, error) {
	c, err := assembly.LoadConfig(file, env.getenv)
	if err != nil {
		return nil, err
	}
	traces, err := trace.ReadTraces(assembly.LinkDir(c))
	if err == nil && len(traces) == 0 {
		err = fmt.Errorf("no account-linking traces yet: %s", noTracesRemedy(c))
	}
	return traces, err
}

// noTracesRemedy returns the next step for a user without traces.
func noTracesRemedy(c *config.Config) string {
	if !c.AccountLinking.Enabled() {
		return "set account_linking in the configuration, and restart or reload the service"
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		return "set public_url, and enter the two addresses that \"skill check\" prints in Amazon's console"
	}
	return "enter " + authorize + " and " + token + " in Amazon's console, and link an account"
}

// loadTrace returns the trace whose id begins with args, or the newest.
func loadTrace(env environment, file string, args []string) (trace.Trace, error) {
	traces, err := loadTraces(env, file)
	if err != nil {
		return trace.Trace{}, err
	}
	return findTrace(traces, strings.Join(args, ""))
}

// findTrace calls trace.FindTrace and adds the remedy to its error.
func findTrace(traces []trace.Trace, id string) (trace.Trace, error) {
	t, err := trace.FindTrace(traces, id)
	if err != nil {
		return t, fmt.Errorf("%q: %w; \"skill link list\" shows the ids", id, err)
	}
	return t, nil
}

func newLinkList(env environment) *cobra.Command {
	var file string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the attempts to link an account, newest first",
		Long: `List the attempts to link an account, newest first. Each line is a trace: start time, id, client id, progress, and broken
rules, separated by tabs.`,
		Example: `  skill link list
  skill link list --limit 0 | grep invalid-grant`,
		Args: positionalArgs(0, ""),
		RunE: func(_ *cobra.Command, _ []string) error {
			if err := validateLimit(limit); err != nil {
				return err
			}
			traces, err := loadTraces(env, file)
			if err != nil {
				return err
			}
			for i, t := range traces {
				if i == limit && limit > 0 {
					break
				}
				if err := printTraceLine(env, t); err != nil {
					return err
				}
			}
			return nil
		},
	}
	addConfigFlag(cmd, &file)
	addLimitFlag(cmd, &limit, "traces")
	return cmd
}

// printTraceLine prints one line. Foreign text in it cannot contain line ends, tabs or terminal control characters.
func printTraceLine(env environment, t trace.Trace) error {
	var rules []string
	for _, f := range lint.Diagnose(t, time.Now()) {
		rules = append(rules, f.Rule)
	}
	client, result := strings.Map(replaceControl, cmp.Or(t.ClientID(), "-")), strings.Map(replaceControl, t.Outcome())
	_, err := fmt.Fprintf(env.stdout, "%s\t%s\t%s\t%s\t%s\n",
		t.Began().Local().Format(time.DateTime), t.ID, client, result, cmp.Or(strings.Join(rules, ","), "-"))
	return err
}

func newLinkShow(env environment) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show [TRACE]",
		Short: "Show a trace: each request and its response",
		Long: `Show a trace, or the newest one: each request and its response, with the recorded headers and bodies. "h~" with twelve
letters and digits replaces a secret. Equal replacements stand for equal secrets. The beginning of an id is enough.`,
		Example: `  skill link show
  skill link show 5kq3 | less`,
		Args: positionalArgs(1, ""),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := loadTrace(env, file, args)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(env.stdout)
			printTrace(controlFilter{out}, t)
			return out.Flush()
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}

// replaceControl replaces control and bidirectional characters. They could change the terminal or hide text.
func replaceControl(c rune) rune {
	if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
		return unicode.ReplacementChar
	}
	return c
}

// A controlFilter replaces terminal control characters, because traces contain text from strangers. Each Write must
// contain complete characters.
type controlFilter struct{ to io.Writer }

func (h controlFilter) Write(p []byte) (int, error) {
	plain := bytes.Map(func(c rune) rune {
		if c == '\n' || c == '\t' {
			return c
		}
		return replaceControl(c)
	}, p)
	if _, err := h.to.Write(plain); err != nil {
		return 0, err
	}
	return len(p), nil
}

// printTrace prints a trace. It ignores write errors, because the buffered writer keeps them.
func printTrace(out io.Writer, t trace.Trace) {
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	printf("%s", traceHeading(t))
	for i, x := range t.Exchanges {
		printf("\n== %d. %s, %s", i+1, x.Leg, x.Began.Local().Format("2006-01-02 15:04:05.000"))
		if x.JoinedBy != "" {
			printf(", matched by its %s", x.JoinedBy)
		}
		printf("\n%s %s\n", x.Method, x.URL)
		printMessage(out, x.Request)
		switch {
		case x.Error != "":
			printf("\nno response after %.0f ms: %s\n", x.DurationMS, x.Error)
		case x.Handling != "":
			printf("\n%d: the browser was redirected; its later requests are not recorded\n", x.Status)
			printMessage(out, x.Response)
		default:
			printf("\n%d after %.0f ms\n", x.Status, x.DurationMS)
			printMessage(out, x.Response)
		}
	}
	printFindings(out, t)
}

// traceHeading returns the id and the outcome of a trace.
func traceHeading(t trace.Trace) string {
	head := fmt.Sprintf("trace %s: %s\n", t.ID, t.Outcome())
	if guess := t.RelatedHint(); guess != "" {
		head += guess + "\n"
	}
	return head
}

func printMessage(out io.Writer, m trace.HTTPMessage) {
	for _, f := range m.Header {
		_, _ = fmt.Fprintf(out, "  %s: %s\n", f.Name, f.Value)
	}
	if body := m.DisplayText(); body != "" {
		_, _ = fmt.Fprintf(out, "\n%s\n", body)
	}
}

// printFindings prints the findings of a trace, and returns the number of faults.
func printFindings(out io.Writer, t trace.Trace) (faults int) {
	for _, f := range lint.Diagnose(t, time.Now()) {
		if f.IsFault() {
			faults++
		}
		row := ""
		if f.Row > 0 {
			row = fmt.Sprintf("row %d, ", f.Row)
		}
		_, _ = fmt.Fprintf(out, "\n%s: %s (%s%s)\n  seen:   %s\n  fault:  %s\n  remedy: %s\n",
			f.Rule, f.Title, row, f.Source, f.Seen, f.Responsible, f.Remedy)
	}
	return faults
}

func newLinkDiagnose(env environment) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diagnose [TRACE]",
		Short: "Diagnose a trace: broken rules, faults and remedies",
		Long: `Diagnose a trace, or the newest one. For each broken rule the command prints the observation, the party at fault and the
remedy. The exit status is 1 if a rule is broken; a listener who declined is not a fault. docs/account-linking.md explains each rule.`,
		Example: `  skill link diagnose
  skill link diagnose 5kq3 --json | jq -r .[].remedy`,
		Args: positionalArgs(1, ""),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := loadTrace(env, file, args)
			if err != nil {
				return err
			}
			return printDiagnosis(controlFilter{env.stdout}, t, asJSON)
		},
	}
	addConfigFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false,
		"print a JSON array of objects with rule, row, source, title, seen, fault, remedy and exchange")
	return cmd
}

func printDiagnosis(out io.Writer, t trace.Trace, asJSON bool) error {
	if asJSON {
		findings := append([]lint.Finding{}, lint.Diagnose(t, time.Now())...)
		faults := slices.ContainsFunc(findings, lint.Finding.IsFault)
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(findings); err != nil || !faults {
			return err
		}
		return errReported
	}
	if _, err := io.WriteString(out, traceHeading(t)); err != nil {
		return err
	}
	if printFindings(out, t) > 0 {
		return errReported
	}
	_, err := fmt.Fprintln(out, "no problems found")
	return err
}

func newLinkExport(env environment) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "export [TRACE...]",
		Short: "Write traces as an HTTP Archive (HAR)",
		Long: `Write the given traces, or all traces, as an HTTP Archive (HAR 1.2), which the developer tools of browsers open. Secrets
are masked, except in traces that were recorded with record: full.`,
		Example: `  skill link export > linking.har
  skill link export 5kq3 > one.har`,
		RunE: func(_ *cobra.Command, args []string) error {
			traces, err := loadTraces(env, file)
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
			return trace.WriteHAR(env.stdout, assembly.Version(), traces...)
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}
