package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/doctor"
)

// Exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// A usageError is a mistake on the command line.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errReported is a failure that was already said in full.
var errReported = errors.New("failed")

// runUntilSignal carries out the command that the process was started with.
func runUntilSignal(w world) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, os.Args[1:], w)
}

// A world is what a command reads and writes, so that a test can be one.
type world struct {
	name           string // that the program was called by; "": skill
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(name string) (value string, set bool)
	pace           time.Duration  // between requests to a publisher; 0: as manners are
	network        doctor.Network // of "check"

	overheard func(request, response []byte) // what the commands that play Alexa were answered with; nil: nobody listens
}

// run carries out one command and gives its exit status.
func run(ctx context.Context, args []string, w world) int {
	out := &output{to: w.stdout}
	w.stdout = out
	root := newRoot(w)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	err = cmp.Or(err, out.err)
	if err == nil {
		return exitOK
	}
	if wrong, ok := errors.AsType[usageError](err); ok {
		_, _ = fmt.Fprintf(w.stderr, "%s: %v; see %q\n", root.Name(), wrong, cmd.CommandPath()+" --help")
		return exitUsage
	}
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(w.stderr, "%s: %v\n", root.Name(), err)
	}
	return exitFailure
}

// output remembers that something could not be written, so that no command needs to look after each line.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	o.err = cmp.Or(o.err, err)
	return n, err
}

func newRoot(w world) *cobra.Command {
	root := &cobra.Command{
		Use:           plainName,
		Short:         "A self-hosted Alexa skill: the last post of a blog, or the one of any date",
		Args:          arguments(0, ""),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          whichCommand,
	}
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServe(w), newDemo(w), newAsk(w), newCheck(w), newHealthcheck(w), newArchive(w), newLink(w), newPackage(w),
		newVersion(w))
	rename(root, cmp.Or(w.name, plainName))
	return root
}

// whichCommand is for commands that only lead to others.
func whichCommand(*cobra.Command, []string) error { return usage("which command?") }

// arguments is for commands that take that many arguments at the most. The first must be there if it has a name.
func arguments(most int, name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case name != "" && (len(args) == 0 || args[0] == ""):
			return usage("%s is missing", name)
		case len(args) <= most:
			return nil
		case cmd.HasSubCommands():
			return usage("unknown command %q", args[most])
		}
		return usage("unexpected argument %q", args[most])
	}
}
