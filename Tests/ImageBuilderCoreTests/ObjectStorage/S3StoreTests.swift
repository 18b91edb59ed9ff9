import Testing

@testable import ImageBuilderCore

@Suite struct S3StoreTests {
  private func url(_ bucket: String, _ region: String?, _ endpoint: String? = nil) -> String {
    let store = S3Store(
      bucket: bucket, region: region, endpoint: endpoint.map { S3Endpoint($0)! })
    return "\(store.scheme)://\(store.host)\(store.path(of: "a/ b"))"
  }

  @Test func bucketsOfAmazonAreHostsIfTheirNamesCanBe() {
    #expect(url("images", nil) == "https://images.s3.us-east-1.amazonaws.com/a/%20b")
    #expect(url("images", "eu-west-3") == "https://images.s3.eu-west-3.amazonaws.com/a/%20b")
    #expect(url("images", "cn-north-1") == "https://images.s3.cn-north-1.amazonaws.com.cn/a/%20b")
    for bucket in ["images.example.org", "Images", "old_images"] {
      #expect(url(bucket, nil) == "https://s3.us-east-1.amazonaws.com/\(bucket)/a/%20b")
    }
    let endpoint = "https://s3.dualstack.eu-west-3.amazonaws.com"
    #expect(
      url("images", "eu-west-3", endpoint)
        == "https://images.s3.dualstack.eu-west-3.amazonaws.com/a/%20b")
  }

  @Test func bucketsOfOtherStoresArePaths() {
    #expect(url("images", nil, "HTTP://Store:9000/") == "http://store:9000/images/a/%20b")
    #expect(url("images", nil, "https://store:443") == "https://store/images/a/%20b")
    #expect(url("images", nil, "http://[::1]:80") == "http://[::1]/images/a/%20b")
    #expect(url("images", nil, "http://store:443") == "http://store:443/images/a/%20b")
  }

  @Test(arguments: [
    "", "store", "ftp://store", "https://", "https://user:key@store", "https://store/path",
    "https://store?x", "https://store:", "https://store:123456", "https://st ore", "https://a\nb",
  ])
  func otherEndpointsAreRefused(_ text: String) {
    #expect(S3Endpoint(text) == nil)
  }
}
