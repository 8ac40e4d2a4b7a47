package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/doctor"
	"lastpost/internal/service"
)

func newServe(env environment) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",
		Long: `Run the service until SIGTERM or SIGINT. Then it reports that it is not ready, waits for the requests in flight and
ends. SIGHUP rereads the configuration and the certificate, and polls the feeds as soon as their publishers' wishes allow.
A configuration that is faulty, or that would need other listeners, changes nothing: the log says why. Sockets, signs of
life and their watchdog are as systemd has them.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return service.Serve(cmd.Context(), service.Options{Config: file, Getenv: env.getenv, Log: env.stderr, RequestSpacing: env.requestSpacing})
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}

func addConfigFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration `FILE` (default $SKILL_CONFIG, else "+assembly.DefaultConfig+")")
}

func newHealthcheck(env environment) *cobra.Command {
	var file string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the running service whether it lives",
		Long: `Ask the running service at its private listener, admin.listen, whether it lives, or with --ready whether every skill has
posts to answer from. Prints what it answers. Ends with 1 where that is a no, or nothing within 3 s.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := assembly.LoadConfig(file, env.getenv)
			if err != nil {
				return err
			}
			return doctor.CheckHealth(cmd.Context(), env.stdout, c.Admin, ready)
		},
	}
	addConfigFlag(cmd, &file)
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether every skill has posts, too")
	return cmd
}

func newVersion(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  positionalArgs(0, ""),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(env.stdout, "skill %s %s %s/%s\n", assembly.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
