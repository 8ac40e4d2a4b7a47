package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
)

// healthLimit is how long the service may take to answer: who asks has a limit of his own, of 5 s or more.
const healthLimit = 3 * time.Second

// AskHealth asks the running service once at its private listener, and prints the answer. Not healthy is an error. With
// ready it asks whether every skill has posts, too.
func AskHealth(ctx context.Context, out io.Writer, admin config.Admin, ready bool) error {
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
