// What the samples tell: twenty minutes of a small Korean web shop. At ten in the morning (01:00 UTC) coupons go out; the
// bank behind the payment gateway gets slow; orders time out; the gateway crashes on an answer that never came, restarts
// with its circuit breaker armed, the bank recovers, and the orders that waited are paid.
//
// Notation of a log: `HH:MM:SS[.mmm] out|err TEXT` (UTC), and `| TEXT` for a further line of the same breath. In TEXT
// ⇥ is a tab, ␛ an escape character, ␇ a bell; ⌁ at the end: the writer had not written the newline yet; a line that begins
// with ! goes into the file as it is, without time and stream.

const log = String.raw;

export const day = '2026-11-20';

/** Two nodes, since no node mixes the two: containerd writes `…57Z`, CRI-O (conmon) in Seoul `…570000000+09:00`. */
export const nodes = {
  'node-1': { ip: '10.0.0.11', runtime: 'containerd' },
  'node-2': { ip: '10.0.0.12', runtime: 'cri-o' },
};

// More text than one CRI line holds: containerd cuts after 16384 bytes, conmon after 8192 (inside a Korean character).
const basket = JSON.stringify(
  Array.from({ length: 280 }, (_, i) => ({
    sku: `HM-${1000 + ((i * 37) % 400)}`,
    name: ['김치 1kg', 'rice cooker', '전통 차 세트', 'ceramic bowl', '한과 선물 세트'][i % 5],
    count: 1 + (i % 3),
    price: 4900 + ((i * 1300) % 45000),
  })),
);
const merchants = JSON.stringify(
  Array.from({ length: 320 }, (_, i) => {
    const place = ['종로', '연남', '성수', '해운대', '전주', '제주', '속초', '수원'][i % 8];
    return `${place} ${['분식', '한과', '책방', '공방', '찻집', '떡집', '화원'][i % 7]} ${i + 1}호점`;
  }),
);

export const pods = [
  {
    namespace: 'kube-system',
    name: 'kube-scheduler-node-1',
    node: 'node-1',
    staticPod: true,
    ip: '10.0.0.11',
    labels: { component: 'kube-scheduler', tier: 'control-plane' },
    containers: [
      {
        name: 'kube-scheduler',
        image: 'registry.k8s.io/kube-scheduler:v1.37.1',
        files: {
          '0.log': log`
            00:41:08.220 err I1120 00:41:08.220114       1 leaderelection.go:273] successfully renewed lease kube-system/kube-scheduler
            00:52:11.482 err E1120 00:52:11.482003       1 leaderelection.go:448] error retrieving resource lock kube-system/kube-scheduler: Get "https://10.0.0.10:6443/apis/coordination.k8s.io/v1/leases": context deadline exceeded
            00:52:13.007 err I1120 00:52:13.007450       1 leaderelection.go:273] successfully renewed lease kube-system/kube-scheduler
            00:58:30.114 err I1120 00:58:30.114733       1 schedule_one.go:314] "Successfully bound pod to node" pod="shop/web-6f5c8d7b9-k2xqp" node="node-1" evaluatedNodes=2 feasibleNodes=2
            01:00:00.561 err I1120 01:00:00.561872       1 schedule_one.go:314] "Successfully bound pod to node" pod="payments/settlement-29918940-7hjmz" node="node-2" evaluatedNodes=2 feasibleNodes=1
            01:07:42.903 err W1120 01:07:42.903351       1 framework.go:1214] "Score of a plugin was out of range" plugin="NodeResourcesFit" node="node-2" score=101
          `,
        },
      },
    ],
  },
  {
    namespace: 'kube-system',
    name: 'coredns-5d78c9869d-xv4tz',
    node: 'node-1',
    ip: '10.42.1.3',
    owner: 'ReplicaSet',
    labels: { 'k8s-app': 'kube-dns' },
    containers: [
      {
        name: 'coredns',
        image: 'registry.k8s.io/coredns/coredns:v1.14.0',
        files: {
          '0.log': log`
            00:40:00.1 out .:53
            00:40:00.1 out [INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df5
            00:40:00.2 out CoreDNS-1.14.0
            01:02:58.731 out [ERROR] plugin/errors: 2 api.hanbit-bank.example. A: read udp 10.42.1.3:41877->10.0.0.2:53: i/o timeout
            01:03:01.733 out [WARNING] plugin/health: Local health request to "http://:8080/health" took more than 1s: 1.214s
          `,
        },
      },
    ],
  },
  {
    namespace: 'monitoring',
    name: 'alertmanager-0',
    node: 'node-2',
    ip: '10.42.2.8',
    owner: 'StatefulSet',
    labels: { 'app.kubernetes.io/name': 'alertmanager', 'app.kubernetes.io/version': '0.30.1' },
    containers: [
      {
        name: 'alertmanager',
        image: 'quay.io/prometheus/alertmanager:v0.30.1',
        files: {
          '0.log': log`
            00:40:01.310 err time=2026-11-20T00:40:01.310Z level=INFO source=main.go:191 msg="Starting Alertmanager" version="(version=0.30.1)"
            00:40:01.394 err time=2026-11-20T00:40:01.394Z level=INFO source=cluster.go:192 msg="setting advertise address explicitly" component=cluster addr=10.42.2.8:9094
            01:03:30.018 err time=2026-11-20T01:03:30.018Z level=DEBUG source=dispatch.go:165 msg="Received alert" alert=GatewayLatencyHigh[6c1d0e2][active]
            01:03:40.026 err time=2026-11-20T01:03:40.026Z level=WARN source=notify.go:866 msg="Notify attempt failed, will retry later" receiver=chat attempts=1 err="unexpected status code 500"
            01:03:51.204 err time=2026-11-20T01:03:51.204Z level=INFO source=notify.go:878 msg="Notify success" receiver=chat attempts=2 duration=171.2ms
            01:09:30.040 err time=2026-11-20T01:09:30.040Z level=DEBUG source=dispatch.go:165 msg="Received alert" alert=GatewayLatencyHigh[6c1d0e2][resolved]
          `,
        },
      },
    ],
  },
  {
    namespace: 'monitoring',
    name: 'chat-relay-7b8f5c6d4-m9zgt',
    node: 'node-2',
    ip: '10.42.2.9',
    owner: 'ReplicaSet',
    labels: { 'app.kubernetes.io/name': 'chat-relay', 'app.kubernetes.io/version': '0.4.2' },
    containers: [
      {
        name: 'relay',
        image: 'registry.hanok.example/chat-relay:0.4.2',
        files: {
          '0.log': log`
            00:40:04.009 out 🤖 relay listens on :8080
            01:03:40.021 out POST /alerts from alertmanager-0
            01:03:40.022 err TypeError: Cannot read properties of undefined (reading 'toUpperCase')
              |     at channelOf (/app/relay.js:42:34)
              |     at Server.<anonymous> (/app/relay.js:17:12)
              |     at Server.emit (node:events:508:28)
              |     at parserOnIncoming (node:_http_server:1171:12)
              |     at HTTPParser.parserOnHeadersComplete (node:_http_common:125:17)
            01:03:51.102 out POST /alerts from alertmanager-0
            01:03:51.203 out 🔥 #payments: GatewayLatencyHigh (p99 of the bank is 4.8 s)
            01:09:30.244 out ✅ #payments: GatewayLatencyHigh is over
          `,
        },
      },
    ],
  },
  {
    namespace: 'payments',
    name: 'gateway-84c6d9f5b-t7rkw',
    node: 'node-1',
    ip: '10.42.1.21',
    owner: 'ReplicaSet',
    labels: {
      'app.kubernetes.io/name': 'gateway',
      'app.kubernetes.io/version': '2.14.1',
      'app.kubernetes.io/part-of': 'payments',
    },
    annotations: { 'hanok.example/owner': 'team-payments' },
    containers: [
      {
        name: 'gateway',
        image: 'registry.hanok.example/payments/gateway:2.14.1',
        restarts: 1,
        died: { at: '01:04:02', exitCode: 2, reason: 'Error' },
        files: {
          '0.log': log`
            00:40:02.114 err {"level":"info","ts":"2026-11-20T00:40:02.114Z","caller":"gateway/main.go:61","msg":"gateway starts","version":"2.14.1","breaker":"off"}
            00:40:02.671 err {"level":"info","ts":"2026-11-20T00:40:02.671Z","caller":"bank/pool.go:33","msg":"connected to the bank","bank":"hanbit","connections":8}
            01:00:04.902 err {"level":"info","ts":"2026-11-20T01:00:04.902Z","caller":"bank/client.go:74","msg":"paid","order":"A-20411","won":45000,"took_ms":212}
            01:00:31.377 err {"level":"info","ts":"2026-11-20T01:00:31.377Z","caller":"bank/client.go:74","msg":"paid","order":"A-20412","won":12900,"took_ms":340}
            01:01:20.845 err {"level":"info","ts":"2026-11-20T01:01:20.845Z","caller":"bank/client.go:74","msg":"paid","order":"A-20415","won":88000,"took_ms":1208}
            01:02:03.001 err {"level":"warn","ts":"2026-11-20T01:02:03.001Z","caller":"bank/client.go:88","msg":"the bank is slow","bank":"hanbit","order":"A-20417","took_ms":2911}
            01:02:36.868 err {"level":"warn","ts":"2026-11-20T01:02:36.868Z","caller":"bank/client.go:88","msg":"the bank is slow","bank":"hanbit","order":"A-20418","took_ms":4012}
            01:03:04.770 err {"level":"error","ts":"2026-11-20T01:03:04.770Z","caller":"bank/client.go:97","msg":"the bank did not answer","bank":"hanbit","order":"A-20421","attempt":1,"error":"context deadline exceeded"}
            01:03:05.780 err {"level":"info","ts":"2026-11-20T01:03:05.780Z","caller":"bank/client.go:91","msg":"tries again","bank":"hanbit","order":"A-20421","attempt":2}
            01:03:31.008 err {"level":"warn","ts":"2026-11-20T01:03:31.008Z","caller":"bank/pool.go:70","msg":"all connections are busy","connections":8,"waiting":37}
            01:04:01.912 err {"level":"error","ts":"2026-11-20T01:04:01.912Z","caller":"bank/client.go:97","msg":"the bank did not answer","bank":"hanbit","order":"A-20421","attempt":3,"error":"context deadline exceeded"}
            01:04:01.913 err panic: runtime error: invalid memory address or nil pointer dereference
              | [signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x7c3a2e]
              |
              | goroutine 4127 [running]:
              | hanok.example/gateway/bank.(*Client).settle(0x0, {0xc0004a2000, 0x9})
              | ⇥/src/bank/client.go:131 +0x2e
              | hanok.example/gateway/bank.(*Pool).work(0xc000180000, 0x7)
              | ⇥/src/bank/pool.go:64 +0x1b8
              | created by hanok.example/gateway/bank.NewPool in goroutine 1
              | ⇥/src/bank/pool.go:41 +0x9d
          `,
          '1.log': log`
            01:04:14.530 err {"level":"info","ts":"2026-11-20T01:04:14.530Z","caller":"gateway/main.go:61","msg":"gateway starts","version":"2.14.1","breaker":"on"}
            01:04:14.981 err {"level":"warn","ts":"2026-11-20T01:04:14.981Z","caller":"breaker/breaker.go:52","msg":"circuit breaker opens: orders wait","bank":"hanbit","waiting":37}
            01:06:14.985 err {"level":"info","ts":"2026-11-20T01:06:14.985Z","caller":"breaker/breaker.go:71","msg":"circuit breaker tries one order","order":"A-20417"}
            01:06:15.2 err {"level":"info","ts":"2026-11-20T01:06:15.200Z","caller":"bank/client.go:74","msg":"paid","order":"A-20417","won":45000,"took_ms":214}
            01:06:15.201 err {"level":"info","ts":"2026-11-20T01:06:15.201Z","caller":"breaker/breaker.go:60","msg":"circuit breaker closes","bank":"hanbit"}
            01:06:29.44 err {"level":"info","ts":"2026-11-20T01:06:29.440Z","caller":"bank/pool.go:88","msg":"all waiting orders are paid","orders":37}
          `,
        },
      },
    ],
  },
  {
    namespace: 'payments',
    name: 'ledger-0',
    node: 'node-2',
    ip: '10.42.2.14',
    owner: 'StatefulSet',
    labels: {
      'app.kubernetes.io/name': 'ledger',
      'app.kubernetes.io/version': '5.0.3',
      'app.kubernetes.io/part-of': 'payments',
    },
    initContainers: [
      {
        name: 'migrate',
        image: 'registry.hanok.example/payments/ledger:5.0.3',
        files: {
          '0.log': log`
            00:39:55.120 out Current version of schema "ledger": 41
            00:39:55.871 out Schema "ledger" is up to date. No migration necessary.
          `,
        },
      },
    ],
    containers: [
      {
        name: 'ledger',
        image: 'registry.hanok.example/payments/ledger:5.0.3',
        files: {
          '0.log': log`
            00:40:00.218 out [INFO] 원장 서비스를 시작합니다 (버전 5.0.3)
            00:40:01.804 out [INFO] 데이터베이스 연결 완료: ledger-db.payments.svc:5432
            01:00:05.011 out [INFO] 기록: 주문 A-20411, 45,000원, 한빛은행
            01:00:31.492 out [INFO] 기록: 주문 A-20412, 12,900원, 한빛은행
            01:01:20.990 out [INFO] 기록: 주문 A-20415, 88,000원, 한빛은행
            01:03:10.407 err [WARN] 은행 응답 대기 중인 주문이 10건을 넘었습니다
            01:03:40.415 err [WARN] 은행 응답 대기 중인 주문이 37건입니다 😰
            01:04:02.350 err [ERROR] 결제 게이트웨이와 연결이 끊어졌습니다: EOF
            !# 민지: 10시 5분에 로그 확인함. 지우지 마세요!
            01:06:15.330 out [INFO] 기록: 주문 A-20417, 45,000원, 한빛은행
            01:06:29.601 out [INFO] 밀린 주문 37건 기록 완료 🎉
          `,
        },
      },
    ],
  },
  {
    namespace: 'payments',
    name: 'settlement-29918940-7hjmz',
    node: 'node-2',
    ip: '10.42.2.31',
    owner: 'Job',
    labels: { 'app.kubernetes.io/name': 'settlement', 'app.kubernetes.io/part-of': 'payments' },
    containers: [
      {
        name: 'settlement',
        image: 'registry.hanok.example/payments/settlement:1.9.0',
        died: { at: '01:05:11', exitCode: 137, reason: 'OOMKilled' },
        files: {
          '0.log': log`
            01:00:02.700 out 2026-11-20 10:00:02,699 INFO settlement: 어제 주문을 정산합니다 (2026-11-19)
            01:00:04.113 out {"level":"info","message":"가맹점 320곳을 읽었습니다","merchants":${merchants}}
            01:02:30.508 out 2026-11-20 10:02:30,508 INFO settlement: 1,000건 완료
            01:04:40.220 out 2026-11-20 10:04:40,219 WARNING settlement: 메모리 사용량 94%
            01:05:11.090 out 2026-11-20 10:05:11,089 INFO settlement: 1,874건 완료, 남은 주문 5,1⌁
          `,
        },
      },
    ],
  },
  {
    namespace: 'shop',
    name: 'cart-6d4b75cb6d-hx2lf',
    node: 'node-1',
    ip: '10.42.1.18',
    owner: 'ReplicaSet',
    labels: {
      'app.kubernetes.io/name': 'cart',
      'app.kubernetes.io/version': '3.2.0',
      'app.kubernetes.io/part-of': 'shop',
    },
    containers: [
      {
        name: 'cart',
        image: 'registry.hanok.example/shop/cart:3.2.0',
        files: {
          '0.log': log`
            00:40:03.1 out ␛[32m✔␛[0m cart 3.2.0 is ready on :3000
            01:00:02.335 out {"level":30,"time":1795136402335,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"coupon used 🎟️","user":"u881","coupon":"LUNCH10"}
            01:00:09.71 out {"level":30,"time":1795136409710,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"item added","user":"u881","sku":"HM-1204","count":2}
            01:00:20.016 out {"level":30,"time":1795136420016,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"item removed","user":"u302","sku":"HM-1033"}
            01:01:12.004 out {"level":20,"time":1795136472004,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"a very full basket","user":"u007","items":${basket}}
            01:02:41.207 out {"level":40,"time":1795136561207,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"checkout is slow","user":"u881","took_ms":4321}
            01:02:58.9 out {"level":40,"time":1795136578900,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"checkout is slow","user":"u902","took_ms":4870}
            01:03:08.4 out {"level":50,"time":1795136588400,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","err":{"type":"CheckoutError","message":"504 from checkout","stack":"CheckoutError: 504 from checkout\n    at placeOrder (/app/src/order.js:61:11)\n    at process.processTicksAndRejections (node:internal/process/task_queues:103:5)\n    at async /app/src/routes.js:28:18"},"msg":"order not placed","user":"u902"}
            01:06:31.118 out {"level":30,"time":1795136791118,"pid":1,"hostname":"cart-6d4b75cb6d-hx2lf","msg":"order placed","user":"u902","order":"A-20421"}
          `,
        },
      },
    ],
  },
  {
    namespace: 'shop',
    name: 'checkout-7c9d5b8f4-q8w2z',
    node: 'node-1',
    ip: '10.42.1.19',
    owner: 'ReplicaSet',
    labels: {
      'app.kubernetes.io/name': 'checkout',
      'app.kubernetes.io/version': '1.8.0',
      'app.kubernetes.io/part-of': 'shop',
    },
    containers: [
      {
        name: 'checkout',
        image: 'registry.hanok.example/shop/checkout:1.8.0',
        files: {
          '0.log': log`
            00:40:09.618 out 2026-11-20T00:40:09.617Z  INFO 1 --- [main] CheckoutApplication : Started CheckoutApplication in 5.214 seconds
            01:00:05.03 out 2026-11-20T01:00:05.029Z  INFO 1 --- [exec-1] OrderController : order A-20411 is paid
            01:00:31.519 out 2026-11-20T01:00:31.518Z  INFO 1 --- [exec-4] OrderController : order A-20412 is paid
            01:01:21.027 out 2026-11-20T01:01:21.026Z  INFO 1 --- [exec-2] OrderController : order A-20415 is paid
            01:02:03.115 out 2026-11-20T01:02:03.114Z  INFO 1 --- [exec-6] OrderController : order A-20417 waits for the gateway
            01:02:40.881 out 2026-11-20T01:02:40.880Z  WARN 1 --- [exec-7] PaymentClient : payment of order A-20418 took 4012 ms
            01:03:05.1140 out 2026-11-20T01:03:05.113Z ERROR 1 --- [exec-3] OrderController : order A-20421 could not be paid
            01:03:05.1142 err com.hanok.checkout.PaymentTimeoutException: the gateway did not answer within 5000 ms
              | ⇥at com.hanok.checkout.PaymentClient.pay(PaymentClient.java:88)
              | ⇥at com.hanok.checkout.OrderService.place(OrderService.java:57)
              | ⇥at com.hanok.checkout.OrderController.order(OrderController.java:34)
            01:03:05.1146 out 2026-11-20T01:03:05.114Z  INFO 1 --- [exec-5] HealthController : still alive, 12 requests in flight
            01:03:05.1147 err ⇥at org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)
              | ⇥at java.base/java.lang.VirtualThread.run(VirtualThread.java:329)
              | Caused by: java.net.http.HttpTimeoutException: request timed out
              | ⇥at java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:957)
              | ⇥at com.hanok.checkout.PaymentClient.pay(PaymentClient.java:81)
              | ⇥... 4 more
            01:03:36.202 out 2026-11-20T01:03:36.201Z  WARN 1 --- [exec-9] PaymentClient : 37 payments are waiting
            01:04:02.339 out 2026-11-20T01:04:02.338Z ERROR 1 --- [exec-3] PaymentClient : connection reset by gateway.payments.svc:8443
            01:04:15.44 out 2026-11-20T01:04:15.439Z  INFO 1 --- [retry-1] PaymentClient : the gateway is back and holds orders, waiting
            01:06:15.266 out 2026-11-20T01:06:15.265Z  INFO 1 --- [retry-1] OrderController : order A-20417 is paid
            01:06:30.91 out 2026-11-20T01:06:30.909Z  INFO 1 --- [retry-1] OrderController : order A-20421 is paid (37 of 37)
          `,
        },
      },
    ],
  },
  {
    namespace: 'shop',
    name: 'recommend-5c5f8d6b7-z4vnd',
    node: 'node-1',
    ip: '10.42.1.20',
    owner: 'ReplicaSet',
    labels: {
      'app.kubernetes.io/name': 'recommend',
      'app.kubernetes.io/version': '0.21.4',
      'app.kubernetes.io/part-of': 'shop',
    },
    containers: [
      {
        name: 'recommend',
        image: 'registry.hanok.example/shop/recommend:0.21.4',
        files: {
          '0.log': log`
            00:40:06.52 err INFO:     Application startup complete.
            01:00:10.871 out INFO:     10.42.1.17:51422 - "GET /recommend?user=u881 HTTP/1.1" 200 OK
            01:01:44.6 err INFO:recommend.search:query='송편' hits=41 took=18ms
            01:01:46.22 out INFO:     10.42.1.17:51655 - "GET /recommend?user=u302 HTTP/1.1" 200 OK
            01:01:58.038 err INFO:recommend.search:query='␛]0;free coupons␇␛[2J␛[1;31m무료쿠폰␛[0m' hits=0 took=7ms
            01:03:09.904 err WARNING:recommend.client:checkout is slow, serving last week's favourites 🍵
            01:03:14.915 err ERROR:    Exception in ASGI application
            01:03:14.916 err Traceback (most recent call last):
              |   File "/app/recommend/api.py", line 40, in recommend
              |     orders = await client.recent_orders(user)
              |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |   File "/app/recommend/client.py", line 52, in recent_orders
              |     return (await self.http.get("/orders", timeout=5)).json()
              |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |   File "/usr/lib/python3.14/site-packages/httpx/_client.py", line 1729, in send
              |     raise exc
              | httpx.ReadTimeout: timed out
            01:03:14.918 out INFO:     10.42.1.17:51871 - "GET /recommend?user=u902 HTTP/1.1" 500 Internal Server Error
            01:06:33.4 out INFO:     10.42.1.17:52004 - "GET /recommend?user=u902 HTTP/1.1" 200 OK
          `,
        },
      },
    ],
  },
  {
    namespace: 'shop',
    name: 'web-6f5c8d7b9-k2xqp',
    node: 'node-1',
    ip: '10.42.1.17',
    owner: 'ReplicaSet',
    labels: {
      app: 'web',
      'app.kubernetes.io/name': 'web',
      'app.kubernetes.io/version': '4.11.2',
      'app.kubernetes.io/part-of': 'shop',
    },
    containers: [
      {
        name: 'coupon-sync',
        image: 'registry.hanok.example/shop/coupon-sync:0.3.0',
        files: {
          '0.log': log`
            00:59:58.8 out 1,024 coupons to publish
            01:00:00.04 out published LUNCH10 (점심 쿠폰 10%) ✨
          `,
        },
      },
      {
        name: 'nginx',
        image: 'docker.io/library/nginx:1.31.2',
        files: {
          // Rotated twice: the older file is compressed, and a line was cut in two by the younger rotation.
          '0.log.20261120-005952.gz': log`
            00:58:33.704 err 2026/11/20 00:58:33 [notice] 1#1: nginx/1.31.2
            00:58:33.705 err 2026/11/20 00:58:33 [notice] 1#1: start worker processes
            00:58:40.227 out 10.0.0.11 - - [20/Nov/2026:00:58:40 +0000] "GET /healthz HTTP/1.1" 200 3 0.000
            00:59:14.086 out 203.0.113.24 - - [20/Nov/2026:00:59:14 +0000] "GET / HTTP/2.0" 200 18211 0.041
            00:59:15.332 out 203.0.113.24 - - [20/Nov/2026:00:59:15 +0000] "GET /items/HM-1204 HTTP/2.0" 200 9120 0.029
            00:59:40.871 out 198.51.100.7 - - [20/Nov/2026:00:59:40 +0000] "GET /lunch HTTP/2.0" 200 15110 0.033
          `,
          '0.log.20261120-010022': log`
            01:00:02.118 out 203.0.113.24 - - [20/Nov/2026:01:00:02 +0000] "POST /cart HTTP/2.0" 201 212 0.061
            01:00:05.041 out 198.51.100.7 - - [20/Nov/2026:01:00:04 +0000] "POST /checkout HTTP/2.0" 201 344 0.381
            01:00:11.45 out 192.0.2.90 - - [20/Nov/2026:01:00:11 +0000] "GET /.env HTTP/1.1" 404 153 0.001
            01:00:15.602 out 198.51.100.7 - - [20/Nov/2026:01:00:15 +0000] "GET /orders/A-20411 HTTP/2.0" 200 2198 0.036
            01:00:21.993 out 203.0.113.77 - - [20/Nov/2026:01:00:21 +0000] "GET /search?q=%EC%86%A1%ED%8E%B8 HT⌁
          `,
          '0.log': log`
            01:00:22.001 out TP/2.0" 200 7480 0.052
            01:00:31.53 out 203.0.113.51 - - [20/Nov/2026:01:00:31 +0000] "POST /checkout HTTP/2.0" 201 344 0.502
            01:01:21.044 out 192.0.2.118 - - [20/Nov/2026:01:01:21 +0000] "POST /checkout HTTP/2.0" 201 344 1.377
            01:01:58.049 out 192.0.2.90 - - [20/Nov/2026:01:01:58 +0000] "GET /search?q=%1B%5D0%3Bfree HTTP/1.1" 200 3120 0.019
            01:02:40.899 out 203.0.113.24 - - [20/Nov/2026:01:02:40 +0000] "POST /checkout HTTP/2.0" 201 344 4.303
            01:03:06.12 out 203.0.113.77 - - [20/Nov/2026:01:03:06 +0000] "GET /items/HM-1310 HTTP/2.0" 200 8803 0.031
            01:03:08.3910 err 2026/11/20 01:03:08 [error] 29#29: *8812 upstream timed out (110: Operation timed out) while reading response header from upstream, client: 203.0.113.77, server: shop.hanok.example, request: "POST /checkout HTTP/2.0", upstream: "http://10.43.18.4:8080/checkout", host: "shop.hanok.example"
            01:03:08.3912 out 203.0.113.77 - - [20/Nov/2026:01:03:08 +0000] "POST /checkout HTTP/2.0" 504 167 5.002
            01:03:14.919 out 203.0.113.77 - - [20/Nov/2026:01:03:14 +0000] "GET /recommend HTTP/2.0" 500 21 5.011
            01:03:31.67 out 10.0.0.11 - - [20/Nov/2026:01:03:31 +0000] "GET /healthz HTTP/1.1" 200 3 0.001
            01:03:36.188 out 192.0.2.118 - - [20/Nov/2026:01:03:36 +0000] "POST /checkout HTTP/2.0" 504 167 5.001
            01:04:02.3420 err 2026/11/20 01:04:02 [error] 29#29: *8851 upstream prematurely closed connection while reading response header from upstream, client: 198.51.100.7, server: shop.hanok.example, request: "POST /checkout HTTP/2.0", upstream: "http://10.43.18.4:8080/checkout", host: "shop.hanok.example"
            01:04:02.3421 out 198.51.100.7 - - [20/Nov/2026:01:04:02 +0000] "POST /checkout HTTP/2.0" 502 157 3.870
            01:06:31.13 out 203.0.113.77 - - [20/Nov/2026:01:06:31 +0000] "POST /checkout HTTP/2.0" 201 344 0.297
            01:06:33 out 203.0.113.77 - - [20/Nov/2026:01:06:33 +0000] "GET /orders/A-20421 HTTP/2.0" 200 2204 0.038
          `,
        },
      },
    ],
  },
];
