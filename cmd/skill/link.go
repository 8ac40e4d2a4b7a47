package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

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
		Args: noArguments,
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
	traces, err := trace.Traces(assembly.LinkDir(c))
	if err == nil && len(traces) == 0 {
		err = fmt.Errorf("no account linking was seen yet: %s", nothingSeen(c))
	}
	return traces, err
}

// nothingSeen says what to do so that something is.
func nothingSeen(c *config.Config) string {
	if !c.AccountLinking.On() {
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
	return findTrace(traces, first(args))
}

// findTrace is Find, with what to do where there is none.
func findTrace(traces []trace.Trace, id string) (trace.Trace, error) {
	t, err := trace.Find(traces, id)
	if err != nil {
		return t, fmt.Errorf("%q: %w; \"skill link list\" has them", id, err)
	}
	return t, nil
}

// oneTrace is for commands that take one trace, or the newest.
func oneTrace(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{fmt.Errorf("unexpected argument %q", args[1]), cmd.CommandPath()}
	}
	return nil
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkLimit(cmd, limit); err != nil {
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
	cmd.Flags().IntVar(&limit, "limit", 20, "`NUMBER` of traces at the most; 0: all")
	return cmd
}

// oneLine is others' words on a line that is ours: without ends of lines, tabs, and what a terminal would obey.
func oneLine(text string) string { return strings.Map(visible, text) }

func listTrace(w world, t trace.Trace) error {
	var rules []string
	for _, f := range lint.Diagnose(t, time.Now()) {
		rules = append(rules, f.Rule)
	}
	_, err := fmt.Fprintf(w.stdout, "%s\t%s\t%s\t%s\t%s\n",
		t.Began().Local().Format(time.DateTime), t.ID, oneLine(cmp.Or(t.Client(), "-")), oneLine(t.Outcome()), cmp.Or(strings.Join(rules, ","), "-"))
	return err
}
