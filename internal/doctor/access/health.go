package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/server"
)

// healthTimeout is the timeout of the health check. Supervisors use timeouts of 5 s or more.
const healthTimeout = 3 * time.Second

// CheckHealth requests the health of the running service from its private listener, and prints the answer. It returns
// an error if the service is not healthy. If ready is true, it also checks whether every skill has posts.
func CheckHealth(ctx context.Context, out io.Writer, listen, passwordFile string, ready bool) error {
	request, err := newHealthRequest(ctx, listen, passwordFile, ready)
	if err != nil {
		return err
	}
	// Proxies and redirects are not used for requests to the same machine.
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer from the service: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("the service sent an incomplete answer: %w", err)
	}
	if _, err := out.Write(answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}

func newHealthRequest(ctx context.Context, listen, passwordFile string, ready bool) (*http.Request, error) {
	if listen == "" {
		return nil, errors.New("admin.listen is empty, so there is no health check: set an address, such as 127.0.0.1:9090")
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	switch host { // if the service listens on all addresses, use loopback
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
	password, err := assembly.ReadPassword(passwordFile)
	if password != "" {
		request.SetBasicAuth(server.AdminUser, password)
	}
	return request, err
}
