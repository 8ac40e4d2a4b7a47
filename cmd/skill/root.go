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
type usageError struct {
	problem error
	command string // whose help shows how it is done
}

func (e usageError) Error() string {
	return fmt.Sprintf("%v; see %q", e.problem, e.command+" --help")
}

func (e usageError) Unwrap() error { return e.problem }

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
	err := cmp.Or(root.ExecuteContext(ctx), out.err)
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(w.stderr, "%s: %v\n", root.Name(), err)
	}
	if _, usage := errors.AsType[usageError](err); usage {
		return exitUsage
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
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          whichCommand,
	}
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{err, cmd.CommandPath()} })
	root.AddCommand(newServe(w), newDemo(w), newAsk(w), newCheck(w), newHealthcheck(w), newArchive(w), newLink(w), newPackage(w),
		newVersion(w))
	rename(root, cmp.Or(w.name, plainName))
	return root
}

// whichCommand is for commands that only lead to others.
func whichCommand(cmd *cobra.Command, _ []string) error {
	return usageError{errors.New("which command?"), cmd.CommandPath()}
}

// noArguments is for commands that take flags alone, and for those that are only the way to others.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usageError{fmt.Errorf("unexpected argument %q", args[0]), cmd.CommandPath()}
	}
	return usageError{fmt.Errorf("unknown command %q", args[0]), cmd.CommandPath()}
}
