package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/doctor"
	"lastpost/internal/setup"
)

func newInit(env environment) *cobra.Command {
	i := setup.Interview{
		In: env.stdin, Out: env.stdout, Getenv: env.getenv, UserAgent: assembly.UserAgent(""), Machine: env.machine,
		Program: cmp.Or(env.name, plainName),
	}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask at most seven questions and write the configuration",
		Long: `Ask at most seven questions, write the configuration file and check it. The command proposes answers: it looks up the host
name, reads the feed, and finds out which program listens at port 443. Enter takes a proposal.

Each question has a flag. With --yes, or without input, the command asks nothing and takes the proposals for missing
flags. --host and --feed have no proposal. The exit status is 0 if the file was written, also if a check reports FAIL.

A password in the address of the feed is not written to the file: the command replaces it by ${FEED_PASSWORD}.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fromEnv, _ := env.getenv("SKILL_CONFIG")
			i.IsDefault = i.File == "" || i.File == assembly.DefaultConfig
			i.File = cmp.Or(i.File, fromEnv, assembly.DefaultConfig)
			i.Check = func(ctx context.Context, getenv func(string) (string, bool)) (bool, error) {
				own := env
				own.getenv = getenv
				findings, _ := checkOptions{config: i.File}.checkMachine(ctx, own)
				return !hasFailed(findings), doctor.WriteReport(env.stdout, renameCommands(cmd.Root(), findings), false)
			}
			err := i.Run(cmd.Context())
			if wrong, ok := errors.AsType[*setup.FlagError](err); ok {
				return usageError{wrong}
			}
			return err
		},
	}
	addConfigFlag(cmd, &i.File)
	f, a := cmd.Flags(), &i.Answers
	f.StringVar(&a.Host, "host", "", "host `NAME` that Alexa calls, such as skill.example.com")
	f.StringVar(&a.Feed, "feed", "", "`URL` of the blog or of its feed")
	f.StringVar(&a.ID, "id", "", `skill `+"`ID`"+` from Amazon's developer console, or "later"`)
	f.StringVar(&a.InvocationName, "invocation-name", "", "`WORDS` that listeners say after \"Alexa, open\"")
	f.StringVar(&a.Timezone, "timezone", "", "time `ZONE` of the blog, such as America/Los_Angeles")
	f.StringVar(&a.Locales, "locales", "", "`LOCALES` of the skill, separated by commas, such as en-US,en-GB")
	f.StringVar(&a.Port443, "port-443", "", "`OWNER` of port 443: lastpost, nginx, caddy, traefik or other")
	f.BoolVar(&i.Force, "force", false, "replace an existing file")
	f.BoolVar(&i.Yes, "yes", false, "take the proposals and ask nothing")
	return cmd
}
