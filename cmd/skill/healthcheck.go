package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
)

// healthLimit is how long the service may take to answer: who asks has a limit of his own, of 5 s or more.
const healthLimit = 3 * time.Second

func newHealthcheck(w world) *cobra.Command {
	var file string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the running service whether it lives",
		Long: `Ask the running service at its private listener, admin.listen, whether it lives, or with --ready whether every skill has
posts to answer from. Prints what it answers. Ends with 1 where that is a no, or nothing within 3 s.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := assembly.LoadConfig(file, w.getenv)
			if err != nil {
				return err
			}
			return healthcheck(cmd.Context(), w.stdout, c.Admin, ready)
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether every skill has posts, too")
	return cmd
}

// healthcheck asks once, and prints the answer.
func healthcheck(ctx context.Context, out io.Writer, admin config.Admin, ready bool) error {
	request, err := healthRequest(ctx, admin, ready)
	if err != nil {
		return err
	}
	// Neither a proxy nor a redirect has a place between the service and itself.
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthLimit, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the service does not answer to the end: %w", err)
	}
	if _, err := out.Write(answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}

func healthRequest(ctx context.Context, admin config.Admin, ready bool) (*http.Request, error) {
	if admin.Listen == "" {
		return nil, errors.New("admin.listen is empty, which turns off what could be asked: give it an address, such as 127.0.0.1:9090")
	}
	host, port, err := net.SplitHostPort(admin.Listen)
	if err != nil {
		return nil, err
	}
	switch host { // at every address: one that this machine has in any case
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil || !ready {
		return request, err
	}
	password, err := assembly.Password(admin.PasswordFile)
	if password != "" {
		request.SetBasicAuth(server.AdminUser, password)
	}
	return request, err
}
