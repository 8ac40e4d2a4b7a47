package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/doctor/access"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/phrases"
)

// LoadConfig loads the configuration file. If the file is invalid, LoadConfig returns nil and the findings with the reasons.
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

// A MachineCheck checks the machine on which the service runs.
type MachineCheck struct {
	Config      *config.Config
	File        string // of the configuration; "": not examined
	Credentials string // folder of files that systemd hands to the service; "": none
	Network     Network
	Host        access.Host
	Pause       time.Duration // between requests to a publisher; 0: 2 s
}

// Examine checks everything except the public endpoint.
func (m MachineCheck) Examine(ctx context.Context) []Finding {
	c := m.Config
	findings := append([]Finding{checkDataDir(c)}, m.checkFiles()...)
	if _, err := assembly.ReadPassword(c.Admin.PasswordFile); errors.Is(err, fs.ErrPermission) {
		findings = append(findings, unreadable("password", err))
	} else if err != nil {
		findings = append(findings, Finding{Fail, "password", err.Error(), ""})
	}
	findings = append(findings, checkCertificate(c, time.Now())...)
	findings = append(append(findings, checkPort(ctx, m.Network, c)), m.checkListeners(ctx)...)
	findings = append(findings, checkDNS(ctx, m.Network, c)...)
	book, err := phrases.Load()
	if err != nil {
		return append(findings, Finding{Fail, "languages", err.Error(), ""})
	}
	for _, skill := range c.Skills {
		findings = append(findings, checkEndpoint(c, skill)...)
		findings = append(findings, checkID(skill)...)
		findings = append(findings, checkLocales(skill, book)...)
		findings = append(findings, m.checkSkill(ctx, skill, book)...)
	}
	return append(findings, checkLinking(ctx, c)...)
}

// checkFiles checks whether the service's user can read the files of the configuration. It reports problems only.
func (m MachineCheck) checkFiles() (findings []Finding) {
	c := m.Config
	files := []access.ConfiguredFile{
		{Key: access.ConfigurationKey, Name: m.File},
		{Key: "tls.cert_file", Name: c.TLS.CertFile}, {Key: "tls.key_file", Name: c.TLS.KeyFile},
		{Key: "tls.eab_key_file", Name: c.TLS.EABKeyFile}, {Key: "admin.password_file", Name: c.Admin.PasswordFile},
		{Key: "account_linking.key_file", Name: c.AccountLinking.KeyFile},
	}
	for _, p := range m.Host.CheckFiles(access.Self(), c.DataDir, files) {
		verdict := Warn
		if p.Certain {
			verdict = Fail
		}
		findings = append(findings, Finding{verdict, "permissions", p.Message, p.Remedy})
	}
	return findings
}

// unreadable returns the finding about a file that this user cannot read. Whether the service can, checkFiles reports.
func unreadable(name string, err error) Finding {
	return Finding{Warn, name, "not examined, because this user cannot read it: " + err.Error(), access.RunAsRoot}
}

// checkEndpoint reports the endpoint to enter in Amazon's console. If the endpoint is unknown, the DNS check reports this.
func checkEndpoint(c *config.Config, skill config.Skill) []Finding {
	endpoint := c.EndpointURL(skill)
	if endpoint == "" {
		return nil
	}
	return []Finding{{OK, "endpoint " + skill.Name, endpoint + " is the endpoint for Amazon's console", ""}}
}

// checkID warns about an id that Amazon has not given yet.
func checkID(skill config.Skill) []Finding {
	if skill.ApplicationID != config.PlaceholderID {
		return nil
	}
	return []Finding{{Warn, "id " + skill.Name, "application_id is the placeholder of zeros: the service refuses every request of Alexa",
		"make the skill with: skill deploy --login; or copy its id from Amazon's developer console into application_id"}}
}

// checkLocales fails for a locale whose language the program does not speak: the service does not start with it.
func checkLocales(skill config.Skill, book *phrases.Catalog) (findings []Finding) {
	for _, locale := range skill.Locales {
		if err := assembly.CheckLocale(locale, book); err != nil {
			findings = append(findings, Finding{Fail, "locale " + skill.Name, err.Error(),
				"remove it from the skill's locales, here and in Amazon's console"})
		}
	}
	return findings
}

// Alexa's requests must be at most 150 s old by this clock. The warning comes well before the limit.
const (
	clockWarns = 30 * time.Second
	clockFails = 120 * time.Second
)

const clockRemedy = "synchronise the clock, for example with systemd-timesyncd or chrony: Alexa's requests are refused if it is 150 s off"

// checkClock compares the clock with the Date header of the feed's server.
func checkClock(skill config.Skill, status crawl.Status) Finding {
	if status.ServerTime.IsZero() {
		return Finding{Warn, "clock", "not compared: the feed's server did not answer, or did not send a Date header",
			"check that the clock is synchronised"}
	}
	off := status.LastAttempt.Sub(status.ServerTime).Abs().Round(time.Second)
	message := fmt.Sprintf("%s off from the clock of %s's feed server", off, skill.Name)
	switch {
	case off > clockFails:
		return Finding{Fail, "clock", message, clockRemedy}
	case off > clockWarns:
		return Finding{Warn, "clock", message, clockRemedy}
	}
	return Finding{OK, "clock", message, ""}
}
