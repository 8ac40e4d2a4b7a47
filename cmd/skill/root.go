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

func usageErrorf(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errReported is a failure that was already said in full.
var errReported = errors.New("failed")

// runUntilSignal carries out the command that the process was started with.
func runUntilSignal(env environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, os.Args[1:], env)
}

// A world is what a command reads and writes, so that a test can be one.
type environment struct {
	name           string // that the program was called by; "": skill
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(name string) (value string, set bool)
	requestSpacing time.Duration  // between requests to a publisher; 0: as manners are
	network        doctor.Network // of "check"

	onExchange func(request, response []byte) // what the commands that play Alexa were answered with; nil: nobody listens
}

// run carries out one command and gives its exit status.
func run(ctx context.Context, args []string, env environment) int {
	out := &errorTracker{to: env.stdout}
	env.stdout = out
	root := newRoot(env)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	err = cmp.Or(err, out.err)
	if err == nil {
		return exitOK
	}
	if wrong, ok := errors.AsType[usageError](err); ok {
		_, _ = fmt.Fprintf(env.stderr, "%s: %v; see %q\n", root.Name(), wrong, cmd.CommandPath()+" --help")
		return exitUsage
	}
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(env.stderr, "%s: %v\n", root.Name(), err)
	}
	return exitFailure
}

// errorTracker remembers that something could not be written, so that no command needs to look after each line.
type errorTracker struct {
	to  io.Writer
	err error
}

func (o *errorTracker) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	o.err = cmp.Or(o.err, err)
	return n, err
}

func newRoot(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:           plainName,
		Short:         "A self-hosted Alexa skill: the last post of a blog, or the one of any date",
		Args:          positionalArgs(0, ""),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          requireSubcommand,
	}
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newServe(env), newDemo(env), newAsk(env), newCheck(env), newHealthcheck(env), newArchive(env), newLink(env), newPackage(env),
		newVersion(env))
	useProgramName(root, cmp.Or(env.name, plainName))
	return root
}

// requireSubcommand is for commands that only lead to others.
func requireSubcommand(*cobra.Command, []string) error { return usageErrorf("which command?") }

// positionalArgs is for commands that take that many arguments at the most. The first must be there if it has a name.
func positionalArgs(most int, name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case name != "" && (len(args) == 0 || args[0] == ""):
			return usageErrorf("%s is missing", name)
		case len(args) <= most:
			return nil
		case cmd.HasSubCommands():
			return usageErrorf("unknown command %q", args[most])
		}
		return usageErrorf("unexpected argument %q", args[most])
	}
}
