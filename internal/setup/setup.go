// Package setup asks the questions of "skill init", proposes answers, and writes the configuration file. It reads the
// feed, the DNS and the programs that listen on this machine to propose answers. It does not start the service.
//
// The output is plain lines: no colors, no cursor movement and no progress bars. So it works on every terminal and with a
// screen reader.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lastpost/internal/doctor"
	"lastpost/internal/phrases"
)

// Answers are the answers that flags give. An empty answer is missing.
type Answers struct {
	Host, Feed, ID, InvocationName, Timezone, Locales, Port443 string
}

// A Machine describes the machine on which the service will run. Its zero value is the real machine. Tests replace its
// functions.
type Machine struct {
	Network  doctor.Network
	Zone     func() string                                   // the time zone of the system, "" if unknown; nil: of the system
	Listener func(port int) (program string, listening bool) // the program is "" if unknown; nil: from /proc
}

// An Interview is one run of "skill init".
type Interview struct {
	Answers   Answers
	File      string // to write
	IsDefault bool   // commands find File without --config
	Force     bool   // replaces an existing file without a question
	Yes       bool   // takes the proposals and asks nothing

	In        io.Reader
	Out       io.Writer
	Getenv    func(name string) (value string, set bool)
	Program   string // name of the program, for commands that are printed
	UserAgent string // for the publisher
	Machine   Machine

	// Check checks the written file and prints the report. getenv also has the secrets of this run.
	Check func(ctx context.Context, getenv func(string) (string, bool)) (passed bool, err error)

	console *console
	book    *phrases.Catalog
	found   feedFacts
	file    settings
}

// A FlagError is an answer that is missing or refused.
type FlagError struct {
	Flag   string // without "--"
	Reason string
}

func (e *FlagError) Error() string { return "--" + e.Flag + ": " + e.Reason }

// ErrUnfinished is the error of an interview that ended before the last answer. It has written no file.
var ErrUnfinished = errors.New("the input ended before the last answer; no file was written")

// Run asks the questions, writes the file, checks it, and prints the next steps.
func (i *Interview) Run(ctx context.Context) (err error) {
	if i.book, err = phrases.Load(); err != nil {
		return err
	}
	i.console = newConsole(ctx, i.In, i.Out, i.Yes)
	i.file = defaultSettings()
	i.file.program, i.file.check, i.file.dataDir = i.Program, i.command("check"), i.dataDir()
	if err := i.checkFlags(); err != nil {
		return err
	}
	if err := i.prepareFile(); err != nil {
		return err
	}
	for _, ask := range []func(context.Context) error{
		i.askHost, i.askFeed, i.askID, i.askInvocationName, i.askTimezone, i.askLocales, i.askPort,
	} {
		if err := ask(ctx); err != nil {
			return err
		}
	}
	if err := i.writeFile(ctx); err != nil {
		return err
	}
	i.printProxyBlock()
	i.console.printf("Checking the configuration, this machine and the feed …")
	passed, err := i.Check(ctx, i.found.secrets.getenv(i.Getenv))
	if err != nil {
		return err
	}
	i.printNextSteps(passed)
	return nil
}

// checkFlags judges the flags whose judgement needs no network, so that a mistake is reported at once.
func (i *Interview) checkFlags() error {
	for _, f := range []struct {
		flag, answer string
		judge        func(string) (string, string)
	}{
		{"host", i.Answers.Host, i.judgeHost},
		{"id", i.Answers.ID, i.judgeID},
		{"invocation-name", i.Answers.InvocationName, i.judgeInvocationName},
		{"timezone", i.Answers.Timezone, i.judgeTimezone},
		{"locales", i.Answers.Locales, i.judgeLocales},
		{"port-443", i.Answers.Port443, i.judgePort},
	} {
		if f.answer == "" {
			continue
		}
		if _, fault := f.judge(f.answer); fault != "" {
			return &FlagError{f.flag, fmt.Sprintf("%q %s", f.answer, fault)}
		}
	}
	return nil
}
