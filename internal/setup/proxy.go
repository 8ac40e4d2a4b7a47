package setup

import (
	_ "embed"
	"strings"
)

// The files of deploy/. A test compares them, because a package can embed only files of its own folder.
var (
	//go:embed templates/nginx.conf
	nginxFile string
	//go:embed templates/Caddyfile
	caddyFile string
	//go:embed templates/traefik.yaml
	traefikFile string
)

// A proxyGuide says how a proxy gets its configuration.
type proxyGuide struct {
	file   string // of deploy/
	before string // what to do first; "": nothing
	place  string // where the lines belong
	after  string // what to do then
}

func proxyGuides() map[string]proxyGuide {
	return map[string]proxyGuide{
		ownerNginx: {
			file: nginxFile,
			before: `Get the certificate, because nginx does not start without it: certbot certonly --webroot -w /var/www/html -d ` +
				exampleHost + ` --deploy-hook "systemctl reload nginx"`,
			place: "/etc/nginx/conf.d/skill.conf", after: "nginx -t && systemctl reload nginx",
		},
		ownerCaddy:   {file: caddyFile, place: "/etc/caddy/Caddyfile", after: "systemctl reload caddy"},
		ownerTraefik: {file: traefikFile, place: "/etc/traefik/dynamic/skill.yaml (the folder of Traefik's file provider)"},
	}
}

// The values of the files in deploy/.
const (
	exampleHost     = "skill.example.com"
	exampleUpstream = "127.0.0.1:8080"
)

// localize replaces the examples in a text by the answers.
func (s settings) localize(text string) string {
	return strings.NewReplacer(exampleHost, s.host, exampleUpstream, s.listen).Replace(text)
}

// proxyBlock returns the configuration for the proxy, without the comment for people who write the configuration
// themselves.
func (s settings) proxyBlock() string {
	_, block, _ := strings.Cut(proxyGuides()[s.owner].file, "\n\n")
	return s.localize(block)
}

// printProxyBlock prints the configuration for the proxy.
func (i *Interview) printProxyBlock() {
	guide, known := proxyGuides()[i.file.owner]
	if !known {
		return
	}
	i.console.printf("")
	i.console.printf("The configuration of %s, for %s:", i.file.owner, guide.place)
	i.console.printf("")
	for line := range strings.Lines(i.file.proxyBlock()) {
		i.console.printTemplate(line)
	}
	i.console.printf("")
	i.console.printf("End of the configuration of %s.", i.file.owner)
	i.console.printf("")
}

// proxySteps returns what to do with the proxy.
func (s settings) proxySteps() (steps []string) {
	guide, known := proxyGuides()[s.owner]
	switch {
	case s.owner == ownerOther:
		return []string{s.localize("Let the proxy pass https://" + exampleHost + " to http://" + exampleUpstream + " with unchanged " +
			"path, headers and body, because Alexa signs every byte. If it sets a header to the client's address, write " +
			"its name into proxy.header")}
	case !known:
		return nil
	case guide.before != "":
		steps = append(steps, s.localize(guide.before))
	}
	place := "Write the configuration above into " + guide.place
	if guide.after != "" {
		place += ", then run: " + guide.after
	}
	return append(steps, place)
}
