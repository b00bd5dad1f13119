import cn.binarywang.wx.miniapp.api.WxMaService;
import cn.binarywang.wx.miniapp.api.impl.WxMaServiceImpl;
import cn.binarywang.wx.miniapp.bean.WxMaJscode2SessionResult;
import cn.binarywang.wx.miniapp.bean.WxMaMessage;
import cn.binarywang.wx.miniapp.config.WxMaConfig;
import cn.binarywang.wx.miniapp.config.impl.WxMaDefaultConfigImpl;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import me.chanjar.weixin.common.error.WxErrorException;

/** Tests WxJava against the simulated WeChat. */
public final class TestWxJava {
  private static final String SIM = System.getenv("WECHAT_SIM_URL");
  private static final String APP = System.getenv("WECHAT_APP_ID");
  private static final String SECRET = System.getenv("WECHAT_APP_SECRET");
  private static final String WECHAT = "https://api.weixin.qq.com";

  /** The simulator is on this machine, so a proxy of the environment is ignored. */
  private static final HttpClient DIRECT =
      HttpClient.newBuilder().proxy(ProxySelector.of(null)).build();

  private static final Gson GSON = new Gson();

  private interface Test {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Test> tests = new LinkedHashMap<>();
    tests.put("a code is exchanged once", TestWxJava::codes);
    tests.put("escaped slashes are read", TestWxJava::escapedSlashes);
    tests.put("plain and stable tokens", TestWxJava::accessTokens);
    tests.put("an expired or invented token is renewed", TestWxJava::renewedTokens);
    tests.put("phone numbers", TestWxJava::phoneNumbers);
    tests.put("session keys", TestWxJava::sessionKeys);
    tests.put("open data", TestWxJava::openData);
    tests.put("an unknown path is an error code", TestWxJava::unknownPath);
    tests.put("pushes", TestWxJava::pushes);
    for (Map.Entry<String, Test> test : tests.entrySet()) {
      control("DELETE", "/sim", null);
      test.getValue().run();
      System.out.println("ok: " + test.getKey());
    }
    System.out.println(tests.size() + " passed, 0 failed");
  }

  private static void codes() throws Exception {
    WxMaService wechat = wechat(config());
    JsonObject made = control("POST", "/sim/codes", Map.of("appId", APP, "unionid", "u-alice"));
    WxMaJscode2SessionResult session = wechat.jsCode2SessionInfo(text(made, "code"));
    equal(session.getOpenid(), text(made, "openid"));
    equal(session.getUnionid(), "u-alice");
    refused(40163, "code been used, rid: ", () -> wechat.jsCode2SessionInfo(text(made, "code")));
    refused(40029, "invalid code, rid: ", () -> wechat.jsCode2SessionInfo("unknown"));
  }

  private static void escapedSlashes() throws Exception {
    control("PUT", "/sim/faults", List.of(Map.of("call", "code2session", "fault", "escapedSlashes")));
    String read = signIn(wechat(config())).getSessionKey();
    JsonArray people = control("GET", "/sim/people", null).getAsJsonArray("people");
    equal(read, text(people.get(0).getAsJsonObject(), "sessionKey"));
  }

  private static void accessTokens() throws Exception {
    for (boolean stable : new boolean[] {true, false}) {
      String first = wechat(config(stable)).getAccessToken();
      equal(wechat(config(stable)).getAccessToken().equals(first), stable);
    }
    WxMaDefaultConfigImpl wrong = config(false);
    wrong.setSecret("00000000000000000000000000000000");
    refused(40125, "invalid appsecret rid: ", () -> wechat(wrong).getAccessToken());
  }

  private static void renewedTokens() throws Exception {
    WxMaDefaultConfigImpl config = config(true);
    WxMaService wechat = wechat(config);
    wechat.getAccessToken();
    for (String token : List.of(config.getAccessToken(), "invented", "98_invented")) {
      control("POST", "/sim/clock", Map.of("advanceSeconds", 7300));
      config.updateAccessToken(token, 7200);
      wechat.getUserService().getPhoneNumber(phoneCode("86", "string"));
      equal(config.getAccessToken().equals(token), false);
    }
    List<Integer> errcodes =
        control("GET", "/sim/calls", null).getAsJsonArray("calls").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(call -> text(call, "call").equals("getuserphonenumber"))
            .map(call -> call.getAsJsonObject("outcome").get("errcode").getAsInt())
            .toList();
    equal(errcodes, List.of(42001, 0, 40001, 0, 40001, 0));
  }

  private static void phoneNumbers() throws Exception {
    WxMaService wechat = wechat(config());
    for (String type : List.of("string", "number")) {
      String code = phoneCode("852", type);
      var phone = wechat.getUserService().getPhoneNumber(code);
      equal(phone.getPhoneNumber(), "+85251234567");
      equal(phone.getPurePhoneNumber(), "51234567");
      equal(phone.getCountryCode(), "852");
      equal(phone.getWatermark().getAppid(), APP);
      refused(40029, "invalid code hint: [", () -> wechat.getUserService().getPhoneNumber(code));
    }
  }

  /** With `get`, because this version of the library has no method for these calls. */
  private static void sessionKeys() throws Exception {
    WxMaService wechat = wechat(config());
    WxMaJscode2SessionResult session = signIn(wechat);
    String right = signed(session.getOpenid(), sign(session.getSessionKey()));
    equal(errcode(wechat.get(WECHAT + "/wxa/checksession", right)), 0);
    String upperCase = sign(session.getSessionKey()).toUpperCase();
    for (String signature : List.of(sign("another"), upperCase, session.getSessionKey())) {
      String wrong = signed(session.getOpenid(), signature);
      refused(87009, " rid: ", () -> wechat.get(WECHAT + "/wxa/checksession", wrong));
    }

    JsonObject reset =
        JsonParser.parseString(wechat.get(WECHAT + "/wxa/resetusersessionkey", right))
            .getAsJsonObject();
    equal(text(reset, "openid"), session.getOpenid());
    refused(87009, " rid: ", () -> wechat.get(WECHAT + "/wxa/checksession", right));
    String renewed = signed(session.getOpenid(), sign(text(reset, "session_key")));
    equal(errcode(wechat.get(WECHAT + "/wxa/checksession", renewed)), 0);
  }

  private static void openData() throws Exception {
    WxMaService wechat = wechat(config());
    WxMaJscode2SessionResult session = signIn(wechat);
    String key = session.getSessionKey();
    Map<String, String> data =
        Map.of("nickName", "微信用户", "purePhoneNumber", "13800000000", "countryCode", "86");
    JsonObject given =
        control(
            "POST",
            "/sim/open-data",
            Map.of("appId", APP, "openid", session.getOpenid(), "data", data));
    String encrypted = text(given, "encryptedData");
    String iv = text(given, "iv");
    var user = wechat.getUserService().getUserInfo(key, encrypted, iv);
    equal(user.getNickName(), "微信用户");
    equal(user.getWatermark().getAppid(), APP);
    var phone = wechat.getUserService().getPhoneNoInfo(key, encrypted, iv);
    equal(phone.getPurePhoneNumber(), "13800000000");

    String raw = text(given, "rawData");
    String signature = text(given, "signature");
    equal(wechat.getUserService().checkUserInfo(key, raw, signature), true);
    equal(wechat.getUserService().checkUserInfo(key, raw + " ", signature), false);
  }

  private static void unknownPath() {
    refused(40066, "invalid url rid: ", () -> wechat(config()).get(WECHAT + "/wxa/nothing", null));
  }

  private static void pushes() throws Exception {
    WxMaConfig config = config();
    BlockingQueue<Received> arrived = new LinkedBlockingQueue<>();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> arrived.add(receive(exchange)));
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/push";
      Map<String, String> target = Map.of("appId", APP, "url", url);
      equal(control("POST", "/sim/push/verify", target).get("verified").getAsBoolean(), true);
      Received saved = arrived.poll(10, TimeUnit.SECONDS);
      equal(saved.isSigned(wechat(config)), true);

      List<Map<String, Object>> list =
          List.of(
              Map.of("TemplateId", "t-1", "SubscribeStatusString", "accept", "PopupScene", "2"),
              Map.of("TemplateId", "t-2", "SubscribeStatusString", "reject", "PopupScene", "2"));
      for (String mode : List.of("plain", "safe")) {
        for (String format : List.of("xml", "json")) {
          // The XML of such an event has one element around the list, the JSON has not.
          Object fields =
              format.equals("xml")
                  ? Map.of("SubscribeMsgPopupEvent", Map.of("List", list))
                  : Map.of("List", list);
          Map<String, Object> wanted = new HashMap<>(target);
          wanted.put("event", "subscribe_msg_popup_event");
          wanted.put("openid", "o-alice");
          wanted.putAll(Map.of("mode", mode, "format", format, "fields", fields));
          equal(text(control("POST", "/sim/push", wanted), "body"), "success");
          Received push = arrived.poll(10, TimeUnit.SECONDS);
          equal(push.isSigned(wechat(config)), true);
          WxMaMessage message = push.read(mode, format, config);
          equal(message.getEvent(), "subscribe_msg_popup_event");
          equal(message.getFromUser(), "o-alice");
          equal(message.getSubscribeMsgPopupEvent().getList().size(), 2);
        }
      }
    } finally {
      server.stop(0);
    }
  }

  private record Received(Map<String, String> query, String body) {
    boolean isSigned(WxMaService wechat) {
      return wechat.checkSignature(
          query.get("timestamp"), query.get("nonce"), query.get("signature"));
    }

    WxMaMessage read(String mode, String format, WxMaConfig config) {
      if (mode.equals("plain")) {
        return format.equals("xml") ? WxMaMessage.fromXml(body) : WxMaMessage.fromJson(body);
      }
      return format.equals("xml")
          ? WxMaMessage.fromEncryptedXml(
              body,
              config,
              query.get("timestamp"),
              query.get("nonce"),
              query.get("msg_signature"))
          : WxMaMessage.fromEncryptedJson(body, config);
    }
  }

  /** Reads a request and answers it as a mini-program's server does. */
  private static Received receive(HttpExchange exchange) throws IOException {
    Map<String, String> query = new HashMap<>();
    for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    byte[] answer = query.getOrDefault("echostr", "success").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
    return new Received(query, body);
  }

  private static WxMaDefaultConfigImpl config() {
    return config(true);
  }

  private static WxMaDefaultConfigImpl config(boolean stable) {
    WxMaDefaultConfigImpl config = new WxMaDefaultConfigImpl();
    config.setAppid(APP);
    config.setSecret(SECRET);
    config.setToken(System.getenv("WECHAT_PUSH_TOKEN"));
    config.setAesKey(System.getenv("WECHAT_ENCODING_AES_KEY"));
    config.setApiHostUrl(SIM);
    config.useStableAccessToken(stable);
    return config;
  }

  private static WxMaService wechat(WxMaConfig config) {
    WxMaService wechat = new WxMaServiceImpl();
    wechat.setWxMaConfig(config);
    wechat.setRetrySleepMillis(0);
    return wechat;
  }

  private static WxMaJscode2SessionResult signIn(WxMaService wechat) throws Exception {
    JsonObject made = control("POST", "/sim/codes", Map.of("appId", APP));
    return wechat.jsCode2SessionInfo(text(made, "code"));
  }

  private static String phoneCode(String countryCode, String type) throws Exception {
    Map<String, String> wanted =
        Map.of(
            "appId", APP,
            "phoneNumber", "51234567",
            "countryCode", countryCode,
            "countryCodeAs", type);
    return text(control("POST", "/sim/phone-codes", wanted), "code");
  }

  private static String signed(String openid, String signature) {
    return "openid=%s&signature=%s&sig_method=hmac_sha256"
        .formatted(openid, signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"));
  }

  /** The signature of the empty string: the key's text signs. */
  private static String sign(String sessionKey) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(sessionKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal());
  }

  /** Sends a request to the simulator's control API; an error fails the test. */
  private static JsonObject control(String method, String path, Object body) throws Exception {
    String json = body == null ? "" : GSON.toJson(body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(SIM + path))
            .method(method, BodyPublishers.ofString(json))
            .build();
    HttpResponse<String> response = DIRECT.send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
    }
    JsonElement answer = JsonParser.parseString(response.body());
    return answer.isJsonObject() ? answer.getAsJsonObject() : new JsonObject();
  }

  private static int errcode(String answer) {
    return JsonParser.parseString(answer).getAsJsonObject().get("errcode").getAsInt();
  }

  private static String text(JsonObject object, String field) {
    return object.get(field).getAsString();
  }

  private static void refused(int errcode, String message, Callable<?> call) {
    try {
      call.call();
    } catch (WxErrorException error) {
      equal(error.getError().getErrorCode(), errcode);
      String answer = error.getError().getJson();
      if (!answer.contains(message)) {
        throw new AssertionError("no \"" + message + "\" in " + answer);
      }
      return;
    } catch (Exception error) {
      throw new AssertionError(error);
    }
    throw new AssertionError("not refused with " + errcode);
  }

  private static void equal(Object got, Object wanted) {
    if (!Objects.equals(got, wanted)) {
      throw new AssertionError("got " + got + ", want " + wanted);
    }
  }
}
