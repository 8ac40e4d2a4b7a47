package manifests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"lastpost/internal/config"
)

// A manifestSet holds the objects in deploy/kubernetes.
type manifestSet struct {
	config     corev1.ConfigMap
	deployment appsv1.Deployment
	disruption policyv1.PodDisruptionBudget
	service    corev1.Service
	ingress    networkingv1.Ingress
	hubIngress networkingv1.Ingress
}

// readManifests decodes all documents of the folder with Kubernetes' types. Unknown fields are errors.
func readManifests(t *testing.T) *manifestSet {
	t.Helper()
	c := &manifestSet{}
	kinds := map[string]any{
		"v1 ConfigMap skill": &c.config, "apps/v1 Deployment skill": &c.deployment, "v1 Service skill": &c.service,
		"policy/v1 PodDisruptionBudget skill": &c.disruption, "networking.k8s.io/v1 Ingress skill": &c.ingress,
		"networking.k8s.io/v1 Ingress skill-websub": &c.hubIngress,
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "deploy", "kubernetes", "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		for _, document := range documents(t, file) {
			var meta metav1.PartialObjectMetadata
			require.NoError(t, yaml.Unmarshal(document, &meta), file)
			require.NotEqual(t, "Secret", meta.Kind, "%s: create secrets with kubectl, so that no file has a password", file)
			kind := meta.APIVersion + " " + meta.Kind + " " + meta.Name
			require.Contains(t, kinds, kind, "%s: duplicate or unknown %s", file, kind)
			require.NoError(t, yaml.UnmarshalStrict(document, kinds[kind]), "%s: %s", file, kind)
			delete(kinds, kind)
		}
	}
	require.Empty(t, kinds, "missing")
	return c
}

// documents returns the YAML documents of a file.
func documents(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		all = append(all, []byte(document))
	}
	return all
}

// TestStrictDecodingFindsFaults decodes faults that Kubernetes would ignore silently.
func TestStrictDecodingFindsFaults(t *testing.T) {
	for claim, document := range map[string]string{
		"an unknown field":           "{kind: Deployment, spec: {replica: 2}}",
		"a field in the wrong place": "{kind: Deployment, spec: {template: {spec: {readOnlyRootFilesystem: true}}}}",
		"a value of another type":    "{kind: Deployment, spec: {replicas: two}}",
		"a duplicate field":          "{kind: Deployment, kind: Deployment}",
	} {
		require.Error(t, yaml.UnmarshalStrict([]byte(document), &appsv1.Deployment{}), claim)
	}
}

// TestKubernetesConfiguration parses the ConfigMap like the service, and compares it with the pod.
func TestKubernetesConfiguration(t *testing.T) {
	c := readManifests(t)
	read, err := config.Parse("skill.yaml", []byte(c.config.Data["skill.yaml"]), os.LookupEnv)
	require.NoError(t, err)
	pod := c.deployment.Spec.Template.Spec
	container := pod.Containers[0]

	require.Equal(t, config.TLSOff, read.TLS.Mode, "the ingress terminates TLS")
	require.Equal(t, "X-Real-IP", read.Proxy.Header, "ingress-nginx overwrites this header")
	require.Equal(t, containerPort(t, container, "http"), strings.TrimPrefix(read.Listen, ":"))
	require.Equal(t, containerPort(t, container, "admin"), strings.TrimPrefix(read.Admin.Listen, ":"))
	require.Equal(t, []corev1.EnvVar{{Name: "SKILL_CONFIG", Value: volumeMount(t, pod, "config").MountPath}}, container.Env)
	require.Equal(t, "skill.yaml", volumeMount(t, pod, "config").SubPath)
	require.Equal(t, read.DataDir, volumeMount(t, pod, "data").MountPath)
	password, found := strings.CutPrefix(read.Admin.PasswordFile, volumeMount(t, pod, "secret").MountPath+"/")
	require.True(t, found)
	require.Equal(t, "skill", volumeNamed(t, pod, "secret").Secret.SecretName)
	command := "kubectl create secret generic skill --from-literal=" + password + `="$(openssl rand -base64 24)"`
	for _, file := range []string{"kubernetes/config.yaml", "README.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		require.NoError(t, err)
		require.Contains(t, string(text), command, "%s: the command that creates the password", file)
	}
}

// TestManifestsHaveNoSecret searches for values that look like a password, because they end up in repositories and in use.
func TestManifestsHaveNoSecret(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "deploy", "kubernetes", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, `(?m)^\s*(kind: *Secret\b|stringData:|[a-z-]*password: *\S)`, string(text), file)
	}
}

// TestKubernetesPodSecurity checks that the pods have minimal privileges.
func TestKubernetesPodSecurity(t *testing.T) {
	deployment := readManifests(t).deployment
	require.EqualValues(t, 2, *deployment.Spec.Replicas)
	pod := deployment.Spec.Template.Spec
	require.Len(t, pod.Containers, 1)
	require.Equal(t, "LASTPOST_IMAGE", pod.Containers[0].Image, "an invalid reference: Kubernetes names it if it was not replaced")
	require.Empty(t, pod.InitContainers)
	container, security := pod.Containers[0], pod.SecurityContext

	require.True(t, *security.RunAsNonRoot)
	require.EqualValues(t, 65532, *security.RunAsUser)
	require.EqualValues(t, 65532, *security.FSGroup, "so that it can read the secret")
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, security.SeccompProfile.Type)
	require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
	require.False(t, *container.SecurityContext.AllowPrivilegeEscalation)
	require.Equal(t, []corev1.Capability{"ALL"}, container.SecurityContext.Capabilities.Drop)
	require.Empty(t, container.SecurityContext.Capabilities.Add)
	require.False(t, *pod.AutomountServiceAccountToken)
	require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC)

	alive, ready := []string{"/usr/bin/skill", "healthcheck"}, []string{"/usr/bin/skill", "healthcheck", "--ready"}
	require.Equal(t, alive, container.StartupProbe.Exec.Command)
	require.Equal(t, alive, container.LivenessProbe.Exec.Command, "a failing feed must not restart the pod")
	require.Equal(t, ready, container.ReadinessProbe.Exec.Command)
	require.NotZero(t, container.Resources.Limits.Memory().Value())
	require.NotZero(t, container.Resources.Requests.Cpu().MilliValue())
	require.Equal(t, corev1.SleepAction{Seconds: 5}, *container.Lifecycle.PreStop.Sleep)

	for _, volume := range pod.Volumes {
		require.Nil(t, volume.PersistentVolumeClaim, "two pods must not share an archive")
		require.Nil(t, volume.HostPath)
		if volume.Name == "data" {
			require.NotNil(t, volume.EmptyDir)
		}
	}
}

// TestKubernetesRouting checks the path of a request from the ingress to the pods.
func TestKubernetesRouting(t *testing.T) {
	c := readManifests(t)
	pods := labels.Set(c.deployment.Spec.Template.Labels)
	selects := func(selector *metav1.LabelSelector) bool {
		s, err := metav1.LabelSelectorAsSelector(selector)
		require.NoError(t, err)
		return s.Matches(pods) && !s.Empty()
	}
	require.True(t, selects(c.deployment.Spec.Selector))
	require.True(t, selects(c.disruption.Spec.Selector))
	require.True(t, selects(&metav1.LabelSelector{MatchLabels: c.service.Spec.Selector}))
	require.Less(t, c.disruption.Spec.MinAvailable.IntVal, *c.deployment.Spec.Replicas, "it must be possible to drain a node")

	rule := c.ingress.Spec.Rules[0]
	backend := rule.HTTP.Paths[0].Backend.Service
	require.Equal(t, c.service.Name, backend.Name)
	require.Equal(t, c.service.Spec.Ports[0].Name, backend.Port.Name)
	require.Equal(t, intstr.FromString("http"), c.service.Spec.Ports[0].TargetPort)
	containerPort(t, c.deployment.Spec.Template.Spec.Containers[0], "http")
	require.Equal(t, []string{rule.Host}, c.ingress.Spec.TLS[0].Hosts)
	require.NotEmpty(t, c.ingress.Spec.TLS[0].SecretName)
	require.NotEmpty(t, c.ingress.Annotations["cert-manager.io/cluster-issuer"])

	hub := c.hubIngress.Spec.Rules[0]
	require.Equal(t, rule.Host, hub.Host)
	require.Equal(t, "/websub/", hub.HTTP.Paths[0].Path)
	require.Equal(t, backend, hub.HTTP.Paths[0].Backend.Service)
	require.Equal(t, c.ingress.Spec.TLS, c.hubIngress.Spec.TLS)
	require.Equal(t, "64k", c.ingress.Annotations["nginx.ingress.kubernetes.io/proxy-body-size"])
	require.Equal(t, "10m", c.hubIngress.Annotations["nginx.ingress.kubernetes.io/proxy-body-size"], "a push has the whole feed")
}

// containerPort returns the number of the container's port with this name.
func containerPort(t *testing.T, container corev1.Container, name string) string {
	t.Helper()
	for _, p := range container.Ports {
		if p.Name == name {
			return strconv.Itoa(int(p.ContainerPort))
		}
	}
	t.Fatalf("no port %s", name)
	return ""
}

// volumeNamed returns the pod's volume with this name.
func volumeNamed(t *testing.T, pod corev1.PodSpec, name string) corev1.Volume {
	t.Helper()
	for _, v := range pod.Volumes {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no volume %s", name)
	return corev1.Volume{}
}

// volumeMount returns the mount of an existing volume.
func volumeMount(t *testing.T, pod corev1.PodSpec, volume string) corev1.VolumeMount {
	t.Helper()
	for _, v := range pod.Volumes {
		for _, mount := range pod.Containers[0].VolumeMounts {
			if v.Name == volume && mount.Name == volume {
				return mount
			}
		}
	}
	t.Fatalf("no volume %s", volume)
	return corev1.VolumeMount{}
}
