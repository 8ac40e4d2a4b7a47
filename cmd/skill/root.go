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
	"lastpost/internal/setup"
	"lastpost/internal/smapi/deployment"
)

// Exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// A usageError is an error in the arguments or flags of a command.
type usageError struct{ error }

func usageErrorf(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errReported is a failure whose message is already printed.
var errReported = errors.New("failed")

// runUntilSignal runs the command line of the process.
func runUntilSignal(env environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, os.Args[1:], env)
}

// An environment is the process environment of a command. Tests replace it.
type environment struct {
	name           string // of the program; "": plainName
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(name string) (value string, set bool)
	requestSpacing time.Duration  // minimum time between requests to a publisher; 0: default
	network        doctor.Network // of "check", and of the running service's checks
	machine        setup.Machine  // of "init"
	amazon         amazonAccess   // of "deploy"

	onExchange func(request, response []byte) // receives each exchange of commands that simulate Alexa; may be nil
}

// amazonAccess replaces what a test of "deploy" cannot have.
type amazonAccess struct {
	loginPort int // 0: the port of the return URL that Amazon knows
	timing    deployment.TimeLimits
}

// run runs one command and returns its exit status.
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

// An errorTracker remembers the first write error, so that commands do not have to check each print.
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
		Short:         "A self-hosted Alexa skill that reads the posts of a blog",
		Args:          positionalArgs(0, ""),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          requireSubcommand,
	}
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newServe(env), newDemo(env), newAsk(env), newCheck(env), newInit(env), newHealthcheck(env), newArchive(env),
		newLink(env), newPackage(env), newDeploy(env), newVersion(env))
	addShellCommands(root)
	useProgramName(root, cmp.Or(env.name, plainName))
	return root
}

// requireSubcommand is the RunE of commands that only have subcommands.
func requireSubcommand(*cobra.Command, []string) error { return usageErrorf("a command is missing") }

// positionalArgs accepts at most that many arguments. If name is set, the first one is required.
func positionalArgs(most int, name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case name != "" && (len(args) == 0 || args[0] == ""):
			return usageErrorf("%s is missing", name)
		case len(args) <= most:
			return nil
		case cmd.HasSubCommands():
			return unknownCommand(cmd, args[most])
		}
		return usageErrorf("unexpected argument %q", args[most])
	}
}
