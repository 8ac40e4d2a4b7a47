package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/linkproxy"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
)

// LoadConfig loads the configuration file. Without a configuration it gives nil, and the findings that say why.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, []Finding) {
	c, err := assembly.LoadConfig(file, getenv)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		var findings []Finding
		for _, p := range problems {
			findings = append(findings, Finding{Fail, "configuration", p.String(), ""})
		}
		return nil, findings
	}
	if err != nil {
		return nil, []Finding{{Fail, "configuration", err.Error(), ""}}
	}
	var names []string
	for _, skill := range c.Skills {
		names = append(names, skill.Name)
	}
	return c, []Finding{{OK, "configuration", "skills: " + strings.Join(names, ", "), ""}}
}

// A Machine is the one that the service of a configuration runs on.
type MachineCheck struct {
	Config  *config.Config
	Network Network
	Pause   time.Duration // between requests to a publisher; 0: 2 s
}

// Examine examines everything but the public endpoint.
func (m MachineCheck) Examine(ctx context.Context) []Finding {
	c := m.Config
	findings := []Finding{checkDataDir(c)}
	if _, err := assembly.ReadPassword(c.Admin.PasswordFile); err != nil {
		findings = append(findings, Finding{Fail, "password", err.Error(), ""})
	}
	findings = append(findings, checkCertificate(c, time.Now())...)
	findings = append(findings, checkPort(ctx, m.Network, c))
	findings = append(findings, checkDNS(ctx, m.Network, c)...)
	book, err := phrases.Load()
	if err != nil {
		return append(findings, Finding{Fail, "languages", err.Error(), ""})
	}
	for _, skill := range c.Skills {
		findings = append(findings, checkEndpoint(c, skill)...)
		findings = append(findings, checkLocales(skill, book)...)
		findings = append(findings, m.checkSkill(ctx, skill, book)...)
	}
	return append(findings, checkLinking(ctx, c)...)
}

// runAsServiceUser is the remedy where a check is kept from looking at what the service keeps.
const runAsServiceUser = "run this as the service's user, or as root"

// checkDataDir makes no folder that is missing: it would belong to whoever runs the check, and not to the service.
func checkDataDir(c *config.Config) Finding {
	const name = "data directory"
	switch _, err := os.Stat(c.DataDir); {
	case errors.Is(err, fs.ErrNotExist):
		return Finding{Warn, name, c.DataDir + " does not exist yet", "the service makes it where it may"}
	case errors.Is(err, fs.ErrPermission): // as with systemd's dynamic users
		return Finding{Warn, name, c.DataDir + " is not for this user to see", runAsServiceUser}
	}
	if err := assembly.CheckDataDir(c.DataDir); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	return Finding{OK, name, c.DataDir + " can be written to by this user", ""}
}

// checkEndpoint says what Amazon's console wants to know; where that is not known, the line about DNS says so.
func checkEndpoint(c *config.Config, skill config.Skill) []Finding {
	endpoint := c.EndpointURL(skill)
	if endpoint == "" {
		return nil
	}
	return []Finding{{OK, "endpoint " + skill.Name, endpoint + " is what to enter in Amazon's console", ""}}
}

// checkLocales warns of languages that are answered in another.
func checkLocales(skill config.Skill, book *phrases.Catalog) (findings []Finding) {
	for _, locale := range skill.Locales {
		if !book.Supports(locale) {
			findings = append(findings, Finding{Warn, "locale " + skill.Name, locale + " is answered in English",
				"take it out of the skill's locales, here and in Amazon's console"})
		}
	}
	return findings
}

// Alexa's requests must be at most 150 s old by this clock. Half a minute off is half of the way to trouble.
const (
	clockWarns = 30 * time.Second
	clockFails = 120 * time.Second
)

// checkClock compares the clock with that of the feed's server, which is the only other one at hand.
func checkClock(skill config.Skill, status crawl.Status) Finding {
	if status.ServerTime.IsZero() {
		return Finding{Warn, "clock", "not compared: the feed's server did not say what time it is", "check that the clock is synchronised"}
	}
	off := status.LastAttempt.Sub(status.ServerTime).Abs().Round(time.Second)
	message := fmt.Sprintf("%s away from that of %s's feed", off, skill.Name)
	remedy := "synchronise the clock, for example with systemd-timesyncd or chrony: Alexa's requests are refused when it is 150 s off"
	switch {
	case off > clockFails:
		return Finding{Fail, "clock", message, remedy}
	case off > clockWarns:
		return Finding{Warn, "clock", message, remedy}
	}
	return Finding{OK, "clock", message, ""}
}

// checkLinking says what Amazon's console wants to know, and whether the OAuth server can be reached as Amazon would.
func checkLinking(ctx context.Context, c *config.Config) (findings []Finding) {
	const name = "account linking"
	a := c.AccountLinking
	if !a.Enabled() {
		return nil
	}
	if authorize, token := c.LinkURLs(); authorize == "" {
		findings = append(findings, Finding{Warn, name, "what the world calls this service is not known", "set public_url"})
	} else {
		findings = append(findings, Finding{OK, name, "Authorization URI: " + authorize, ""},
			Finding{OK, name, "Access Token URI: " + token, ""})
	}
	if a.Record == "full" {
		findings = append(findings, Finding{Warn, name, "passwords, codes and tokens are written down in clear for " + a.RecordFor,
			"set account_linking.record: redacted where that is not needed"})
	}
	for _, endpoint := range []struct{ key, url string }{{"authorization_url", a.AuthorizationURL}, {"token_url", a.TokenURL}} {
		findings = append(findings, checkOAuthServer(ctx, name, endpoint.key, endpoint.url))
	}
	return findings
}

func checkOAuthServer(ctx context.Context, name, key, text string) Finding {
	u, err := url.Parse(text)
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	if err := linkproxy.CheckReachable(ctx, u, nil); err != nil {
		return Finding{Fail, name, fmt.Sprintf("%s: %v", key, err),
			"Amazon would not get through either: see that the OAuth server runs, and sends its whole certificate chain"}
	}
	if u.Port() != "" && u.Port() != "443" {
		return Finding{Warn, name, fmt.Sprintf("%s answers at port %s, which Amazon does not call", key, u.Port()),
			"let it answer at 443 before you take this service out from between"}
	}
	return Finding{OK, name, fmt.Sprintf("%s: %s answers", key, u.Host), ""}
}

// healthTimeout is how long the service may take to answer: who asks has a limit of his own, of 5 s or more.
const healthTimeout = 3 * time.Second

// CheckHealth asks the running service once at its private listener, and prints the answer. Not healthy is an error. With
// ready it asks whether every skill has posts, too.
func CheckHealth(ctx context.Context, out io.Writer, admin config.Admin, ready bool) error {
	request, err := newHealthRequest(ctx, admin, ready)
	if err != nil {
		return err
	}
	// Neither a proxy nor a redirect has a place between the service and itself.
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
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

func newHealthRequest(ctx context.Context, admin config.Admin, ready bool) (*http.Request, error) {
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
	password, err := assembly.ReadPassword(admin.PasswordFile)
	if password != "" {
		request.SetBasicAuth(server.AdminUser, password)
	}
	return request, err
}
