package main

import (
	"context"
	"flag"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	node := flag.String("node", "", "name of the node whose pods are guarded")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := guard(ctx, *node, *kubeconfig); err != nil {
		klog.Fatal(err)
	}
}

func guard(ctx context.Context, node, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{NodeName: node, QueueID: queue},
	)
	if err != nil {
		return err
	}
	if !hasQueueExpression() {
		if err := compat(ctx, node, factory); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}

package main

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const queue = 100

// hasQueueExpression tries whether the kernel takes the rules that the controller makes.
func hasQueueExpression() bool {
	nft, err := nftables.New()
	if err != nil {
		return false
	}
	table := nft.AddTable(&nftables.Table{Name: "monovirt-trial", Family: nftables.TableFamilyINet})
	chain := nft.AddChain(&nftables.Chain{Name: "trial", Table: table})
	nft.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{&expr.Queue{Num: queue}}})
	nft.DelTable(table)
	return nft.Flush() == nil
}

// compat keeps rules in step with policies and with the pods of this node. It changes them as a whole.
func compat(ctx context.Context, node string, factory informers.SharedInformerFactory) error {
	pods, policies := factory.Core().V1().Pods(), factory.Networking().V1().NetworkPolicies()
	changed := make(chan struct{}, 1)
	notify := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	}
	local := cache.FilteringResourceEventHandler{
		FilterFunc: func(object any) bool {
			pod, ok := object.(*corev1.Pod)
			return !ok || pod.Spec.NodeName == node
		},
		Handler: handler,
	}
	podsHandled, err := pods.Informer().AddEventHandler(local)
	if err != nil {
		return err
	}
	policiesHandled, err := policies.Informer().AddEventHandler(handler)
	if err != nil {
		return err
	}
	go func() {
		cache.WaitForCacheSync(ctx.Done(), podsHandled.HasSynced, policiesHandled.HasSynced)
		notify()
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			if err := replaceRules(selected(node, factory)); err != nil {
				klog.ErrorS(err, "replacing rules")
				time.AfterFunc(time.Second, notify)
			}
		}
	}()
	return nil
}

// selected lists the addresses of this node's pods that any policy selects.
func selected(node string, factory informers.SharedInformerFactory) (v4, v6 []nftables.SetElement) {
	pods := factory.Core().V1().Pods().Lister()
	policies, _ := factory.Networking().V1().NetworkPolicies().Lister().List(labels.Everything())
	seen := map[netip.Addr]bool{}
	for _, policy := range policies {
		selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err != nil {
			continue
		}
		matching, _ := pods.Pods(policy.Namespace).List(selector)
		for _, pod := range matching {
			if pod.Spec.NodeName != node || pod.Spec.HostNetwork {
				continue
			}
			for _, ip := range pod.Status.PodIPs {
				address, err := netip.ParseAddr(ip.IP)
				if err != nil || seen[address] {
					continue
				}
				seen[address] = true
				if address.Is4() {
					v4 = append(v4, nftables.SetElement{Key: address.AsSlice()})
				} else {
					v6 = append(v6, nftables.SetElement{Key: address.AsSlice()})
				}
			}
		}
	}
	return v4, v6
}

// replaceRules asks the controller about first packets from and to these addresses, before their source is changed.
func replaceRules(v4, v6 []nftables.SetElement) error {
	nft, err := nftables.New()
	if err != nil {
		return err
	}
	table := &nftables.Table{Name: "monovirt-policies", Family: nftables.TableFamilyINet}
	nft.AddTable(table)
	nft.DelTable(table)
	nft.AddTable(table)
	set4 := &nftables.Set{Table: table, Name: "pods4", KeyType: nftables.TypeIPAddr}
	set6 := &nftables.Set{Table: table, Name: "pods6", KeyType: nftables.TypeIP6Addr}
	if err := nft.AddSet(set4, v4); err != nil {
		return err
	}
	if err := nft.AddSet(set6, v6); err != nil {
		return err
	}
	chain := nft.AddChain(&nftables.Chain{
		Name:     "postrouting",
		Table:    table,
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookPostrouting,
		Priority: nftables.ChainPriorityRef(*nftables.ChainPriorityNATSource - 5),
	})
	add := func(exprs ...expr.Any) {
		nft.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: exprs})
	}
	accept := &expr.Verdict{Kind: expr.VerdictAccept}
	flags := binary.NativeEndian.AppendUint32(nil, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)
	zero := make([]byte, 4)
	// Neighbours are found by ICMPv6.
	add(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, equal(unix.IPPROTO_ICMPV6), accept)
	// Probes come from the node's own programs.
	add(&expr.Meta{Key: expr.MetaKeySKUID, Register: 1}, equal(zero...), accept)
	add(
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: flags, Xor: zero},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: zero},
		accept,
	)
	ask := func(family byte, offset, length uint32, set *nftables.Set) {
		info := xt.Unknown(binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, queue), 1))
		add(
			&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, equal(family),
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
			&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID},
			&expr.Target{Name: "NFQUEUE", Rev: 1, Info: &info},
		)
	}
	ask(unix.NFPROTO_IPV4, 12, 4, set4)
	ask(unix.NFPROTO_IPV4, 16, 4, set4)
	ask(unix.NFPROTO_IPV6, 8, 16, set6)
	ask(unix.NFPROTO_IPV6, 24, 16, set6)
	return nft.Flush()
}

func equal(data ...byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data}
}
