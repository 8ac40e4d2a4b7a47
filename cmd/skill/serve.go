package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/doctor/access"
	"lastpost/internal/service"
)

func newServe(env environment) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",

		SuggestFor: []string{"start", "run"},
		Long: `Run the service until SIGTERM or SIGINT. It then reports that it is not ready, finishes the running requests, and exits.

SIGHUP reloads the configuration and the certificate, and polls each feed as soon as its publisher allows. If the
configuration is faulty or requires other listeners, nothing changes and the log states the reason.

The service supports socket activation, readiness notification and the watchdog of systemd.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return service.Serve(cmd.Context(), service.Options{
				Config: file, Getenv: env.getenv, Log: env.stderr, RequestSpacing: env.requestSpacing, Network: env.network,
			})
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}

func addConfigFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration `FILE` (default $SKILL_CONFIG, or else "+assembly.DefaultConfig+")")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // the flag exists
}

func newHealthcheck(env environment) *cobra.Command {
	var file string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the running service whether it is alive",
		Long: `Ask the running service on its private listener (admin.listen) whether it is alive, or with --ready whether every skill
has posts. The command prints the response. The exit status is 1 if the response is negative or takes longer than 3 s.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := assembly.LoadConfig(file, env.getenv)
			if err != nil {
				return err
			}
			return access.CheckHealth(cmd.Context(), env.stdout, c.Admin.Listen, c.Admin.PasswordFile, ready)
		},
	}
	addConfigFlag(cmd, &file)
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether every skill has posts")
	return cmd
}

func newVersion(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, with the commit and its date",
		Args:  positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			platform := runtime.GOOS + "/" + runtime.GOARCH
			_, err := fmt.Fprintln(env.stdout, cmd.Root().Name(), assembly.CurrentRelease(), runtime.Version(), platform)
			return err
		},
	}
}
