package config

import (
	"cmp"
	"strings"

	"lastpost/internal/alexa"
)

// checkConfig applies all rules, and sets the defaults that depend on other values.
func (r *problemCollector) checkConfig(c *Config) {
	r.applyRule("listen", checkHostPort(c.Listen))
	r.applyRule("public_url", checkPublicURL(c.PublicURL))
	r.checkTLS(c)
	r.checkProxy(c)
	r.applyRule("data_dir", messageIf(c.DataDir == "", "must name a directory, for example /var/lib/skill"))
	r.checkAdmin(c)
	r.applyRule("log.level", checkOneOf(c.Log.Level, "debug", "info", "warn", "error"))
	r.applyRule("log.format", checkOneOf(c.Log.Format, "json", "console"))
	r.checkSkills(c.Skills)
	r.checkAccountLinking(c)
}

func (r *problemCollector) checkAdmin(c *Config) {
	if c.Admin.Listen == "" {
		return
	}
	r.applyRule("admin.listen", checkHostPort(c.Admin.Listen))
	if c.Admin.PasswordFile == "" && !r.hasFault("admin.password_file") {
		// The inspector and the metrics are private. Without a password, other hosts on the network could read them.
		r.applyRule("admin.listen", checkLoopback(c.Admin.Listen))
	}
	at := "admin.listen"
	if !r.hasKey(at) {
		at = "listen"
	}
	r.applyRule(at, checkPortsDiffer(c.Listen, c.Admin.Listen, "listen and admin.listen"))
}

func (r *problemCollector) checkSkills(skills []Skill) {
	r.applyRule("skills", messageIf(len(skills) == 0, "must have at least one skill with name, application_id, invocation_name and feed"))
	names, paths, ids := map[string]string{}, map[string]string{}, map[string]string{}
	for i := range skills {
		s, at := &skills[i], itemPath("skills", i)
		r.applyRule(at+".name", checkSkillName(s.Name))
		r.checkUnique(names, at+".name", s.Name, "each skill needs its own")
		r.setSkillPath(s, at)
		r.checkUnique(paths, at+".path", s.Path, "each skill needs its own path; the default is /alexa/NAME")
		r.applyRule(at+".application_id", checkApplicationID(s.ApplicationID))
		r.checkUnique(ids, at+".application_id", s.ApplicationID,
			"Amazon calls only one endpoint for each skill")
		r.applyRule(at+".invocation_name", alexa.CheckInvocationName(s.InvocationName))
		r.applyRule(at+".title", checkTitle(s.Title))
		r.applyRule(at+".privacy_policy_url", checkWebPage(s.PrivacyPolicyURL))
		r.applyRule(at+".feed", checkFeedURL(string(s.Feed)))
		r.applyRule(at+".timezone", checkTimezone(s.Timezone))
		r.applyRule(at+".locales", messageIf(len(s.Locales) == 0, "must name at least one locale, for example [en-US]"))
		r.checkEach(at+".locales", s.Locales, alexa.CheckLocale)
		r.checkConversation(s, at)
	}
}

// checkConversation checks the keys that change what Alexa says.
func (r *problemCollector) checkConversation(s *Skill, at string) {
	r.applyRule(at+".launch", checkOneOf(s.Launch, "offer", "read", "play", "list"))
	r.applyRule(at+".resume", checkOneOf(s.Resume, "ask", "at_once"))
	r.applyRule(at+".greeting", checkSpokenText(s.Greeting))
	r.applyRule(at+".goodbye", cmp.Or(checkSpokenText(s.Goodbye), messageIf(strings.HasSuffix(strings.TrimSpace(s.Goodbye), "?"),
		"must not end in a question, because Alexa does not listen after it")))
	r.checkPronounce(s.Pronounce, at+".pronounce")
}

// setSkillPath checks a path in the file, or sets the default path. Without a valid name there is none.
func (r *problemCollector) setSkillPath(s *Skill, at string) {
	switch {
	case r.hasKey(at + ".path"):
		r.applyRule(at+".path", checkSkillPath(s.Path))
	case !r.hasFault(at + ".name"):
		s.Path = "/alexa/" + s.Name
	}
}

// checkEach applies a rule to every list item. It refuses duplicates, ignoring letter case.
func (r *problemCollector) checkEach(path string, values []string, rule func(string) string) {
	seen := map[string]string{}
	for i, value := range values {
		at := itemPath(path, i)
		r.applyRule(at, rule(value))
		r.checkUnique(seen, at, strings.ToLower(value), "remove one of the two")
	}
}

// checkUnique refuses a value that an earlier path has. seen maps each value to its path.
func (r *problemCollector) checkUnique(seen map[string]string, path, value, why string) {
	if value == "" || r.hasFault(path) {
		return
	}
	if seen[value] == "" {
		seen[value] = path
		return
	}
	r.applyRule(path, "is the same as "+seen[value]+": "+why)
}
