package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// compose is what is checked of deploy/compose.yml where there is no container engine.
type compose struct {
	Services map[string]struct {
		Image, Build string
		Networks     []string
		Secrets      []string
		Volumes      []string
		Healthcheck  struct{ Test []string }
		DependsOn    yaml.Node `yaml:"depends_on"`
		Environment  map[string]string
	}
	Networks, Volumes, Secrets map[string]yaml.Node
}

// TestComposeIsWhole: whatever a service names is there, secrets are files that the guide names, and what others wait for
// says when it is well.
func TestComposeIsWhole(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../deploy/compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 5 {
		t.Errorf("%d services", len(c.Services))
	}
	known := map[string]bool{}
	for name, s := range c.Services {
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s: there is no network %s", name, n)
			}
		}
		for _, n := range s.Secrets {
			known[n] = true
			if _, ok := c.Secrets[n]; !ok {
				t.Errorf("%s: there is no secret %s", name, n)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[from]; !ok && !strings.HasPrefix(from, "./") {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
		for key, value := range s.Environment {
			if secret, ok := strings.CutPrefix(value, "/run/secrets/"); ok && !slices.Contains(s.Secrets, secret) {
				t.Errorf("%s: %s reads %s, which is not given to it", name, key, value)
			}
		}
		if (s.Image == "") == (s.Build == "") {
			t.Errorf("%s is neither built nor had, or both", name)
		}
		if name != "caddy" && len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s does not say whether it is well", name)
		}
	}
	for n := range c.Secrets {
		if !known[n] || !strings.Contains(string(data), "#   secrets/"+n) {
			t.Errorf("secret %s is not used, or the head does not say what goes into it", n)
		}
	}
}
