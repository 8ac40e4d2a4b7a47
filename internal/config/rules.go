package config

import (
	"strings"

	"lastpost/internal/alexa"
)

// check applies the rules, and fills in the defaults that depend on other values.
func (r *report) check(c *Config) {
	r.rule("listen", hostPort(c.Listen))
	r.rule("public_url", publicURL(c.PublicURL))
	r.tls(c)
	r.proxy(c)
	r.rule("data_dir", wrong(c.DataDir == "", "must name a directory, for example /var/lib/skill"))
	r.admin(c)
	r.rule("log.level", oneOf(c.Log.Level, "debug", "info", "warn", "error"))
	r.rule("log.format", oneOf(c.Log.Format, "json", "console"))
	r.skills(c.Skills)
	r.accountLinking(c)
}

func (r *report) admin(c *Config) {
	if c.Admin.Listen == "" {
		return
	}
	r.rule("admin.listen", hostPort(c.Admin.Listen))
	if c.Admin.PasswordFile == "" && !r.faulty("admin.password_file") {
		// What the inspector shows, and the metrics, are the operator's own; nobody else on the network may read them.
		r.rule("admin.listen", loopback(c.Admin.Listen))
	}
	at := "admin.listen"
	if !r.has(at) {
		at = "listen"
	}
	r.rule(at, samePort(c.Listen, c.Admin.Listen, "listen and admin.listen"))
}

func (r *report) skills(skills []Skill) {
	r.rule("skills", wrong(len(skills) == 0, "must have at least one skill with name, application_id, invocation_name and feed"))
	names, paths, ids := map[string]string{}, map[string]string{}, map[string]string{}
	for i := range skills {
		s, at := &skills[i], item("skills", i)
		r.rule(at+".name", skillName(s.Name))
		r.unique(names, at+".name", s.Name, "each skill needs its own")
		r.path(s, at)
		r.unique(paths, at+".path", s.Path, "each skill needs its own; it is /alexa/NAME where left out")
		r.rule(at+".application_id", applicationID(s.ApplicationID))
		r.unique(ids, at+".application_id", s.ApplicationID,
			"Amazon calls one endpoint for a skill, so the second would never be called")
		r.rule(at+".invocation_name", alexa.CheckInvocationName(s.InvocationName))
		r.rule(at+".title", title(s.Title))
		r.rule(at+".privacy_policy_url", webPage(s.PrivacyPolicyURL))
		r.rule(at+".feed", feedURL(string(s.Feed)))
		r.rule(at+".timezone", timezone(s.Timezone))
		r.rule(at+".locales", wrong(len(s.Locales) == 0, "must name at least one locale, for example [en-US]"))
		r.each(at+".locales", s.Locales, locale)
	}
}

// path applies the rules to a path that is given, and fills in one that is not. Below a faulty name there is none to fill in.
func (r *report) path(s *Skill, at string) {
	switch {
	case r.has(at + ".path"):
		r.rule(at+".path", skillPath(s.Path))
	case !r.faulty(at + ".name"):
		s.Path = "/alexa/" + s.Name
	}
}

// each applies a rule to every item of a list, and refuses an item that is there twice, in whichever letter case.
func (r *report) each(path string, values []string, rule func(string) string) {
	seen := map[string]string{}
	for i, value := range values {
		at := item(path, i)
		r.rule(at, rule(value))
		r.unique(seen, at, strings.ToLower(value), "remove one of the two")
	}
}

// unique refuses a value that an earlier path has; seen are the values so far, and whose they are.
func (r *report) unique(seen map[string]string, path, value, why string) {
	if value == "" || r.faulty(path) {
		return
	}
	if seen[value] == "" {
		seen[value] = path
		return
	}
	r.rule(path, "is the same as "+seen[value]+": "+why)
}
